"""`./desk up`: sets up what is missing, and runs the desk until a stop signal comes."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from asapp_site.supervisor.errors import StartError, StopRequested
from asapp_site.supervisor.prepare import Prerequisites, prepared
from asapp_site.supervisor.probe import Probe
from asapp_site.supervisor.programs import desk_children
from asapp_site.supervisor.run import Supervisor
from asapp_site.supervisor.signals import Signals
from asapp_site.supervisor.welcome import host_header, welcome

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Set up and run the desk: web, worker, beat and, without REDIS_URL, its own Redis server."
    # `prepared` runs the desk's own checks. All checks would load every app before the first child starts.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="do not load the demo company")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 Django's signature
        try:
            with Signals() as signals:
                self._run(signals, with_demo=not options["no_demo"])
        except StopRequested:
            self.stdout.write("The desk is stopped.")
        except StartError as error:
            self.stderr.write(f"desk: {error}")
            raise SystemExit(1) from None

    def _run(self, signals: Signals, *, with_demo: bool) -> None:
        with prepared(signals=signals, with_demo=with_demo, say=self._say) as prerequisites:
            probe = Probe(prerequisites.listener.getsockname(), host_header=host_header())
            supervisor = Supervisor(
                desk_children(prerequisites.listener),
                services=prerequisites.services,
                signals=signals,
                probe=probe,
            )
            try:
                supervisor.run(on_ready=lambda: self._greet(prerequisites))
            finally:
                supervisor.stop()
        self._say("The desk is stopped.")

    def _greet(self, prerequisites: Prerequisites) -> None:
        self._say(welcome(prerequisites.demo))
        logger.debug("ready", extra={"web_processes": settings.WEB_PROCESSES})

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()  # the reader of a pipe waits for the line
