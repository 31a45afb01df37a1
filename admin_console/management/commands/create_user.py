from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts.access import generated_password
from accounts.actors import Actor
from accounts.commands import company_named, one_line
from accounts.models import Role, User
from accounts.services import create_queue, create_user
from admin_console.passwords import GivenPassword, add_password_arguments, password_from


class Command(BaseCommand):
    help = (
        "Create a person who can sign in, with a generated password unless you give one. For an existing person, add"
        " roles and queues, and set the password if you give one. To remove roles or queues, use change_user."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="MARKER")
        parser.add_argument("--username", required=True)
        add_password_arguments(parser)
        parser.add_argument("--role", required=True, action="append", choices=Role.values, help="may be repeated")
        parser.add_argument("--full-name", default="")
        parser.add_argument("--queue", action="append", default=[], help="may be repeated; created if missing")

    @transaction.atomic
    def handle(self, *, company: str, username: str, role: list[str], **options: Any) -> None:
        owner = company_named(company)
        password = password_from(options, self.stderr)
        if password is None and not User.objects.filter(username=User.normalize_username(username)).exists():
            password = GivenPassword(generated_password(), is_generated=True)
        by = Actor.system(owner.pk)
        try:
            queues = [create_queue(by=by, company=owner, name=name) for name in options["queue"]]
            user, created = create_user(
                by=by,
                company=owner,
                username=username,
                password=password.text if password is not None else None,
                roles=role,
                full_name=options["full_name"],
                queues=queues,
            )
        except ValidationError as error:
            raise one_line(error) from error
        roles = ", ".join(sorted(user.role_names()))
        self.stdout.write(f"user {user.username}: {'created' if created else 'exists already'} (roles: {roles})")
        if password is not None and password.is_generated:
            self.stdout.write(f"password {password.text}")
            self.stderr.write("Save the password now: it cannot be shown again.")
        if not user.is_active:
            self.stderr.write("this person is not active and cannot sign in; use change_user --active")
        if options["full_name"] not in {"", user.full_name}:
            self.stderr.write(f"the full name stays {user.full_name!r}: it is set only when a user is created")
