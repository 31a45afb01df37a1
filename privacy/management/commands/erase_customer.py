from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import Actor
from accounts.commands import company_named
from accounts.models import Environment
from privacy.database_file import overwrite_deleted_rows
from privacy.errors import NoSuchCustomerError
from privacy.services import erase_customer


class Command(BaseCommand):
    help = (
        "Erase everything that a customer said and that is known of them. Their conversations end, and keep who had"
        " them and when. It cannot be undone; backups and exported files are not changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="MARKER")
        parser.add_argument("--environment", choices=Environment.values, default=Environment.PRODUCTION.value)
        parser.add_argument("external_id", metavar="EXTERNAL_ID", help="the customer's id in the calling system")

    def handle(self, *, company: str, environment: str, external_id: str, **_: Any) -> None:
        owner = company_named(company)
        try:
            erased = erase_customer(
                by=Actor.system(owner.pk), company=owner, environment=environment, external_id=external_id
            )
        except NoSuchCustomerError:
            raise CommandError(f"{owner.slug} has no such customer in {environment}; nothing was erased") from None
        overwrite_deleted_rows()
        self.stdout.write(f"erased {erased.conversations} conversations")
        for name, rows in sorted(erased.rows.items()):
            if rows:
                self.stdout.write(f"  {name}: {rows}")
