from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import Actor
from accounts.models import Company
from assignments.services import set_first_reply_limit, set_wrap_up
from configuration.errors import SettingError


class Command(BaseCommand):
    help = "Change settings of the desk for all agents of a company. Options that you do not give stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("marker", help="the company")
        parser.add_argument(
            "--wrap-up",
            choices=["asked", "not-asked"],
            help="whether agents have to give the outcome of a conversation that somebody else ended",
        )
        parser.add_argument(
            "--first-reply",
            help="seconds until an unanswered conversation goes to another agent; 0: never; default: as configured",
        )

    def handle(self, *, marker: str, wrap_up: str | None, first_reply: str | None, **_: Any) -> None:
        company = Company.objects.filter(slug=marker).first()
        if company is None:
            raise CommandError(f"no company {marker!r}")
        by = Actor.system(company.pk)
        if (
            first_reply is not None
            and first_reply != "default"
            and not (first_reply.isascii() and first_reply.isdigit())
        ):
            raise CommandError("--first-reply must be a number of seconds, or default")
        if wrap_up is not None:
            set_wrap_up(by=by, company=company, is_asked=wrap_up == "asked")
            self.stdout.write(f"wrap-up: {wrap_up}")
        if first_reply is not None:
            seconds = None if first_reply == "default" else int(first_reply)
            try:
                set_first_reply_limit(by=by, company=company, seconds=seconds)
            except SettingError as error:
                raise CommandError(str(error)) from None
            self.stdout.write(f"first reply: {first_reply}")
