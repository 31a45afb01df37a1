"""Makes agents who are signed in, each with several customers who chat; prints them as JSON for one measurement.

    python -m benchmarks.delivery_people COMPANY DESKS TALKS

Run in the environment of `throwaway.Desk`. A desk has its cookie and TALKS conversations, a conversation its id and the
cookie of the customer's browser.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import django


def main(marker: str, desks: int, talks: int) -> None:
    from django.db import transaction

    from accounts.models import Company

    company = Company.objects.get(slug=marker)
    with transaction.atomic():
        made = [
            {**agent, "talks": [talk_of(company, agent["name"], number) for number in range(talks)]}
            for agent in agents(company, desks)
        ]
    print(json.dumps(made))


def agents(company: Any, count: int) -> list[dict[str, str]]:
    """Names and cookies; passwords are hashed cheaply, for nobody signs in with them."""
    from django.conf import settings
    from django.test import Client, override_settings

    from accounts.actors import Actor
    from accounts.services import create_user

    made = []
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        for number in range(count):
            user, _ = create_user(
                by=Actor.system(company.pk),
                company=company,
                username=f"{company.slug}-desk{number}",
                password="never typed in",
                roles=["agent"],
                full_name="Maya Byrne",
            )
            client = Client()
            client.force_login(user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            made.append({"name": user.username, "cookie": f"{cookie.key}={cookie.value}"})
    return made


def talk_of(company: Any, agent: str, number: int) -> dict[str, str]:
    """A live conversation of this agent with the visitor of a new session."""
    from django.http import HttpResponse
    from django.utils import timezone

    from accounts.actors import Actor
    from assignments.lifecycle import create_or_update_conversation
    from conversations.models import Channel, Customer
    from conversations.selectors import Scope
    from conversations.services import Party
    from widget.cookies import COOKIE, new_token, set_cookie
    from widget.models import Visitor
    from widget.selectors import token_digest

    now, scope, token = timezone.now(), Scope(company.pk, "production"), new_token()
    conversation = create_or_update_conversation(
        by=Actor.system(company.pk),
        scope=scope,
        external_id=f"{agent}-talk{number}",
        customer=Party(f"{agent}-customer{number}", "Sarah Jones"),
        started_at=now,
        agent=Party(agent),
        channel=Channel.WEB,
    )
    Visitor.objects.create(
        company=company,
        environment=scope.environment,
        customer=Customer.objects.get(company=company, external_id=f"{agent}-customer{number}"),
        conversation=conversation,
        name="Sarah Jones",
        token_digest=token_digest(token),
        expires_at=now + timedelta(days=30),
    )
    response = HttpResponse()
    set_cookie(response, company.slug, token)
    return {"conversation": conversation.pk, "cookie": f"{COOKIE}={response.cookies[COOKIE].coded_value}"}


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
