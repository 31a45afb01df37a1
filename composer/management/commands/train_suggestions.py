from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count
from tqdm import tqdm

from accounts.commands import company_named
from accounts.models import Environment
from conversations.models import Message, SenderRole
from conversations.selectors import Scope
from freshness import stamps
from responses.models import GlobalResponse
from responses.selectors import deployed_version, list_topic


class Command(BaseCommand):
    help = "Make running web processes rank suggestions by what the company's lists hold now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="MARKER")
        parser.add_argument("--environment", choices=Environment.values, help="only this one (default: both)")

    def handle(self, *, company: str, environment: str | None, **_: Any) -> None:
        owner = company_named(company)
        environments = [environment] if environment else list(Environment.values)
        for name in tqdm(environments, disable=None, desc="train", leave=False):
            scope = Scope(owner.pk, name)
            version = deployed_version(scope)
            responses = GlobalResponse.objects.filter(version=version).count() if version else 0
            spoken = Message.objects.filter(
                company=owner, role=SenderRole.AGENT, conversation__environment=name
            ).aggregate(messages=Count("pk"), conversations=Count("conversation", distinct=True))
            stamps.touch([list_topic(scope)])
            self.stdout.write(
                f"{name}: {responses} deployed responses, {spoken['messages']} agent messages "
                f"in {spoken['conversations']} conversations; processes reload"
            )
        self.stdout.write("Suggestions are ranked by typed text and list order, which needs no training of its own.")
