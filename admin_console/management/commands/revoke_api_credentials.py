from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.actors import Actor
from accounts.commands import company_named
from accounts.models import ApiCredential, Environment
from accounts.services import revoke_api_credential


class Command(BaseCommand):
    help = "Revoke API credentials at once, in all processes. They cannot be restored: create new ones instead."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="MARKER")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--id", action="append", metavar="API_ID", help="may be repeated")
        which.add_argument("--name", help="all with this name")
        which.add_argument("--all", action="store_true", help="all of the company")
        parser.add_argument("--environment", choices=Environment.values, help="only those of this environment")

    @transaction.atomic
    def handle(self, *, company: str, **options: Any) -> None:
        owner = company_named(company)
        live = ApiCredential.objects.filter(company=owner, revoked_at__isnull=True)
        if options["environment"]:
            live = live.filter(environment=options["environment"])
        if options["name"] is not None:
            live = live.filter(name=options["name"])
        if options["id"]:
            live = live.filter(api_id__in=options["id"])
        rows = list(live.order_by("pk"))
        missing = set(options["id"] or ()) - {row.api_id for row in rows}
        if missing:
            raise CommandError(f"no live credential {sorted(missing)[0]!r} in {owner.slug}; nothing was revoked")
        for row in rows:
            revoke_api_credential(by=Actor.system(owner.pk), credential=row)
            self.stdout.write(f"revoked {row.api_id}  {row.environment}  {row.name}")
        if not rows:
            raise CommandError("no live credential matches; see list_api_credentials")
