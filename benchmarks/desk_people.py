"""Makes agents of a company who are signed in, each with a conversation; prints them as JSON for one measurement.

    python -m benchmarks.desk_people COMPANY COUNT

Run in the environment of `throwaway.Desk`; passwords are hashed cheaply, for nobody signs in with them.
"""

from __future__ import annotations

import json
import sys

import django


def main(marker: str, count: int) -> None:
    from django.conf import settings
    from django.db import transaction
    from django.test import Client, override_settings
    from django.utils import timezone

    from accounts.actors import Actor
    from accounts.models import Company
    from accounts.services import create_user
    from assignments.lifecycle import create_or_update_conversation
    from conversations.models import SenderRole
    from conversations.selectors import Scope
    from conversations.services import NewMessage, Party, add_messages

    company = Company.objects.get(slug=marker)
    by, scope, now = Actor.system(company.pk), Scope(company.pk, "production"), timezone.now()
    lines = [
        (SenderRole.CUSTOMER, "Hello, can you change my order before Friday?"),
        (SenderRole.AGENT, "Sure, let me look."),
        (SenderRole.CUSTOMER, "Thank you, I am in a hurry"),
    ]
    desks = []
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]), transaction.atomic():
        for number in range(count):
            user, _ = create_user(
                by=by, company=company, username=f"desk{number}", password="never typed in", roles=["agent"]
            )
            conversation = create_or_update_conversation(
                by=by,
                scope=scope,
                external_id=f"talk{number}",
                customer=Party(f"customer{number}", "Sarah Jones"),
                started_at=now,
                agent=Party(user.username),
            )
            senders = {SenderRole.CUSTOMER: f"customer{number}", SenderRole.AGENT: user.username}
            messages = [NewMessage(role=role, sender=senders[role], text=text, sent_at=now) for role, text in lines]
            add_messages(by=by, conversation=conversation, messages=messages)
            client = Client()
            client.force_login(user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            desks.append({"conversation": conversation.pk, "cookie": f"{cookie.key}={cookie.value}"})
    print(json.dumps(desks))


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1], int(sys.argv[2]))
