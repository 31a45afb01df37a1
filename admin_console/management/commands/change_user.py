from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts.access import (
    change_queues,
    change_roles,
    deactivate_user,
    reactivate_user,
    set_password,
)
from accounts.actors import Actor
from accounts.commands import company_named, one_line, person_named, queues_named
from accounts.models import Role
from admin_console.passwords import add_password_arguments, password_from


class Command(BaseCommand):
    help = (
        "Change a person's roles, queues or password, or whether they may sign in. Their open desks follow within"
        " seconds. To only end sessions, use end_sessions."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="MARKER")
        parser.add_argument("--username", required=True)
        state = parser.add_mutually_exclusive_group()
        state.add_argument("--inactive", action="store_true", help="keep the person out, and end all sessions")
        state.add_argument("--active", action="store_true", help="let the person sign in again")
        for what, choices in (("role", Role.values), ("queue", None)):
            parser.add_argument(f"--add-{what}", action="append", default=[], choices=choices, help="may be repeated")
            parser.add_argument(
                f"--remove-{what}", action="append", default=[], choices=choices, help="may be repeated"
            )
        add_password_arguments(parser)

    @transaction.atomic
    def handle(self, *, company: str, username: str, **options: Any) -> None:
        owner = company_named(company)
        user = person_named(owner, username)
        by = Actor.system(owner.pk)
        added, removed = (queues_named(owner, options[name]) for name in ("add_queue", "remove_queue"))
        changes: list[str] = []
        if options["inactive"]:
            changes += ["deactivated; all sessions ended"] if deactivate_user(by=by, user=user) else []
        if options["active"]:
            changes += ["active again"] if reactivate_user(by=by, user=user) else []
        try:
            if change_roles(by=by, user=user, add=options["add_role"], remove=options["remove_role"]):
                changes.append(f"roles: {', '.join(sorted(user.role_names())) or 'none'}")
            if change_queues(by=by, user=user, add=added, remove=removed):
                names = user.queue_memberships.order_by("queue__name").values_list("queue__name", flat=True)
                changes.append(f"queues: {', '.join(names) or 'none'}")
            password = password_from(options, self.stderr)
            if password is not None:
                set_password(by=by, user=user, password=password.text)
                changes.append("new password; all sessions ended")
        except ValidationError as error:
            raise one_line(error) from error
        self.stdout.write(f"user {user.username}: {'; '.join(changes) or 'nothing to change'}")
        if password is not None and password.is_generated:
            self.stdout.write(f"password {password.text}")
