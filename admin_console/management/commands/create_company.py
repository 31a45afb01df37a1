from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from accounts.commands import one_line
from admin_console.services import open_company


class Command(BaseCommand):
    help = (
        "Create a company with its redaction rules, dictionary and greeting texts. For an existing company, change the"
        " name."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("marker", help="short name in commands and feeds: letters, digits, - and _")
        parser.add_argument("--name", required=True)
        parser.add_argument("--time-zone", help="of a new company, such as Europe/Dublin (default UTC)")

    def handle(self, *, marker: str, name: str, time_zone: str | None, **_: Any) -> None:
        try:
            company, created = open_company(slug=marker, name=name, time_zone="UTC" if time_zone is None else time_zone)
        except ValidationError as error:
            raise one_line(error) from error
        self.stdout.write(f"company {company.slug}: {'created' if created else 'exists already'} ({company.name})")
        if time_zone not in {None, company.time_zone}:
            self.stderr.write(f"the time zone stays {company.time_zone}: it is set only when a company is created")
