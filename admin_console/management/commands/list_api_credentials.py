from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.commands import company_named
from accounts.models import ApiCredential


class Command(BaseCommand):
    help = "List API credentials, newest first. Their secrets cannot be shown: only digests are stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", metavar="MARKER", help="only those of this company")
        parser.add_argument("--json", action="store_true", help="print one JSON object a line and nothing else")

    def handle(self, *, company: str | None, **options: Any) -> None:
        rows = ApiCredential.objects.select_related("company").prefetch_related("families").order_by("-pk")
        if company is not None:
            rows = rows.filter(company=company_named(company))
        for row in rows:
            families = sorted(family.family for family in row.families.all())
            fields = {
                "id": row.api_id,
                "company": row.company.slug,
                "environment": row.environment,
                "name": row.name,
                "families": families,
                "created": row.created_at.isoformat(timespec="seconds"),
                "revoked": row.revoked_at.isoformat(timespec="seconds") if row.revoked_at else None,
            }
            if options["json"]:
                self.stdout.write(json.dumps(fields))
                continue
            state = f"revoked {fields['revoked']}" if row.revoked_at else f"in use since {fields['created']}"
            self.stdout.write(
                f"{row.api_id}  {row.company.slug}  {row.environment}  {row.name}  ({', '.join(families)})  {state}"
            )
