from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from demo.services import load_demo


class Command(BaseCommand):
    help = "Load the demo company if it is missing, and print its user names, passwords and API key."

    def handle(self, **_: Any) -> None:
        facts = load_demo(data_dir=settings.DATA_DIR)
        for label, username, password in facts.logins:
            self.stdout.write(f"{label:13} {username:8} {password}")
        self.stdout.write(f"asapp-api-id      {facts.api_id}")
        self.stdout.write(f"asapp-api-secret  {facts.api_secret}")
