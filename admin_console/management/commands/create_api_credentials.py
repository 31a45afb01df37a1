from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from accounts.actors import Actor
from accounts.commands import company_named, one_line
from accounts.models import DEFAULT_RATE_LIMIT, ApiFamily, Environment
from accounts.services import create_api_credential


class Command(BaseCommand):
    help = "Create an API id and secret. The secret is shown only now. Each run creates a new pair."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="MARKER")
        parser.add_argument("--environment", required=True, choices=Environment.values)
        parser.add_argument("--name", required=True, help="what the credential is for")
        parser.add_argument(
            "--rate-limit",
            type=int,
            default=DEFAULT_RATE_LIMIT,
            metavar="PER_SECOND",
            help=f"requests a second over all processes (default {DEFAULT_RATE_LIMIT}, 0 for no limit)",
        )
        parser.add_argument(
            "--family", action="append", choices=ApiFamily.values, help="allow only this API; may be repeated"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *, company: str, environment: str, name: str, rate_limit: int, **options: Any) -> None:
        owner = company_named(company)
        families = options["family"] or list(ApiFamily.values)
        try:
            new = create_api_credential(
                by=Actor.system(owner.pk),
                company=owner,
                environment=environment,
                name=name,
                rate_limit=rate_limit,
                families=sorted(set(families)),
            )
        except ValidationError as error:
            raise one_line(error) from error
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "id": new.credential.api_id,
                        "secret": new.secret,
                        "company": owner.slug,
                        "environment": environment,
                        "name": name,
                        "rateLimit": rate_limit,
                    }
                )
            )
            return
        self.stdout.write(f"asapp-api-id      {new.credential.api_id}")
        self.stdout.write(f"asapp-api-secret  {new.secret}")
        self.stdout.write("Save the secret now: only a digest of it is stored, and it cannot be shown again.")
