from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import Actor
from accounts.commands import company_named
from privacy.database_file import overwrite_deleted_rows
from privacy.services import apply_retention


class Command(BaseCommand):
    help = (
        "Erase conversations in which nothing has happened for some days, and customers who have no others. Run it"
        " daily. It cannot be undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="MARKER")
        parser.add_argument("--days", type=int, required=True)
        parser.add_argument("--dry-run", action="store_true", help="only count the conversations")

    def handle(self, *, company: str, days: int, dry_run: bool, **_: Any) -> None:
        owner = company_named(company)
        if days < 1:
            raise CommandError("--days must be at least 1")
        erased = apply_retention(by=Actor.system(owner.pk), company=owner, days=days, dry_run=dry_run)
        if dry_run:
            self.stdout.write(f"{erased.conversations} conversations would be erased")
        else:
            if erased.conversations or erased.customers:
                overwrite_deleted_rows()
            self.stdout.write(f"erased {erased.conversations} conversations and {erased.customers} customers")
