from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts.access import end_company_sessions, end_sessions
from accounts.actors import Actor
from accounts.commands import company_named, person_named
from widget.services import forget_company_visitors


class Command(BaseCommand):
    help = (
        "End the sessions of one person, of everybody in a company, or of the customers who chat with it. Open desks"
        " and chats close within seconds. People can sign in again; to prevent that, use change_user."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="MARKER")
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--username", help="only of this person")
        whose.add_argument("--visitors", action="store_true", help="only of the customers who chat")

    @transaction.atomic
    def handle(self, *, company: str, username: str | None, visitors: bool, **_: Any) -> None:
        owner = company_named(company)
        by = Actor.system(owner.pk)
        if visitors:
            ended, whose = forget_company_visitors(by=by, company=owner), "of customers"
        elif username is not None:
            user = person_named(owner, username)
            ended, whose = end_sessions(by=by, user=user), f"of {user.username}"
        else:
            ended, whose = end_company_sessions(by=by, company=owner), f"of people of {owner.slug}"
        self.stdout.write(f"{ended} sessions {whose} ended")
