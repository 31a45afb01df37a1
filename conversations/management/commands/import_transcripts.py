from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from tqdm import tqdm

from accounts.actors import Actor
from accounts.commands import company_named
from accounts.models import Company, Environment, Event
from conversations.history import History, PastConversation
from conversations.importing import BadFileError, Problem, Transcripts, read_about
from conversations.models import Message
from conversations.selectors import Scope
from partitioning.tables import ensure_partitions, partitioned_tables_of

MAX_SHOWN = 20
CONVERSATIONS_A_BATCH = 400


class Command(BaseCommand):
    help = "Import past conversations from CSV files, redacted. All rows or none; what is there stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv[.gz]", help="one row for each message")
        parser.add_argument("--company", required=True, metavar="MARKER")
        parser.add_argument("--conversations", type=Path, metavar="FILE.csv[.gz]", help="names, queues: one row each")
        parser.add_argument("--environment", choices=Environment.values, default=Environment.PRODUCTION.value)
        parser.add_argument("--skip-bad-rows", action="store_true", help="import the rest instead of nothing")

    def handle(self, *, file: Path, company: str, **options: Any) -> None:
        owner = company_named(company)
        started = time.monotonic()
        problems: list[Problem] = []
        try:
            about = read_about(options["conversations"], problems) if options["conversations"] else {}
            self._judge(problems, options["conversations"], options["skip_bad_rows"])
            with Transcripts() as transcripts:
                bad: list[Problem] = []
                with tqdm(disable=None, desc="read", unit=" rows", leave=False) as bar:
                    transcripts.read(file, bad, bar.update)
                self._judge(bad, file, options["skip_bad_rows"])
                history = self._write(owner, options["environment"], transcripts, transcripts.past(about), file)
        except BadFileError as error:
            raise CommandError(f"nothing imported: {error}") from error
        written = history.written
        self.stdout.write(
            f"imported {written.messages} messages, {written.conversations} new conversations "
            f"in {time.monotonic() - started:.1f} s"
        )
        if written.known_messages:
            self.stdout.write(f"there already: {written.known_messages} messages")
        if transcripts.empty_lines:
            lines = ", ".join(map(str, transcripts.empty_lines[:MAX_SHOWN]))
            self.stdout.write(f"passed over: {len(transcripts.empty_lines)} rows without text (line {lines})")
        unheard = len(about.keys() - transcripts.conversations.keys())
        if unheard:
            self.stdout.write(f"not imported: {unheard} conversations without messages in {file.name}")
        left_out = len(problems) + len(bad)
        if left_out:
            self.stdout.write(f"left out: {left_out} bad rows")

    def _judge(self, problems: list[Problem], file: Path, skip: bool) -> None:
        """Print the bad rows, and stop unless they may be skipped."""
        for line, reason in problems[:MAX_SHOWN]:
            self.stderr.write(f"{file.name} line {line}: {reason}")
        more = len(problems) - MAX_SHOWN
        if more > 0:
            self.stderr.write(f"... and {more} more")
        if problems and not skip:
            raise CommandError(f"nothing imported: {len(problems)} bad rows in {file.name}")

    def _write(
        self, owner: Company, environment: str, transcripts: Transcripts, past: Iterator[PastConversation], file: Path
    ) -> History:
        by = Actor.system(owner.pk)
        ensure_partitions(transcripts.months, tables=partitioned_tables_of(Message, Event))
        with (
            transaction.atomic(),
            tqdm(
                total=len(transcripts.conversations), disable=None, desc="write", unit=" conversations", leave=False
            ) as bar,
        ):
            history = History(by, Scope(owner.pk, environment))
            while batch := list(islice(past, CONVERSATIONS_A_BATCH)):
                history.write(batch)
                bar.update(len(batch))
            if history.written.messages:
                history.record_import(file.name)
        return history
