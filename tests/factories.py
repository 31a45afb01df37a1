"""Small makers of rows, through the same services that the product uses. Names default to the usual cast."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from accounts.actors import Actor
from accounts.models import ActorKind, Company, User
from accounts.services import NewCredential, create_api_credential, create_user
from admin_console.services import open_company
from assignments.lifecycle import create_or_update_conversation
from composer.models import OfferedReply, OfferSet
from conversations.models import Channel, Conversation
from conversations.selectors import Scope
from conversations.services import NewMessage, Party, add_messages
from responses.models import ListVersion
from responses.services import ListRow, deploy_version, save_version

MOMENT = datetime(2021, 11, 23, 12, 13, 14, 550_000, tzinfo=UTC)
PASSWORD = "a long enough password"


def make_company(slug: str = "acme") -> Company:
    return open_company(slug=slug, name=slug.title())[0]


def make_user(company: Company, username: str = "alice", roles: Sequence[str] = ("agent",)) -> User:
    return create_user(by=Actor.system(company.pk), company=company, username=username, password=PASSWORD, roles=roles)[
        0
    ]


def make_credential(
    company: Company, *, environment: str = "production", rate_limit: int = 0, families: Sequence[str] | None = None
) -> NewCredential:
    return create_api_credential(
        by=Actor.system(company.pk),
        company=company,
        environment=environment,
        name="integration",
        rate_limit=rate_limit,
        families=families if families is not None else ("autocompose", "conversation"),
    )


def make_conversation(
    company: Company,
    external_id: str = "33411121",
    *,
    environment: str = "production",
    agent: str | None = "671",
    customer: str = "11462",
    customer_name: str = "Sarah Jones",
    channel: str = Channel.WEB,
    metadata: dict[str, str] | None = None,
) -> Conversation:
    return create_or_update_conversation(
        by=Actor.system(company.pk),
        scope=Scope(company.pk, environment),
        external_id=external_id,
        customer=Party(customer, customer_name),
        channel=channel,
        started_at=MOMENT,
        agent=Party(agent, "Robin Agent") if agent else None,
        metadata=metadata,
    )


def say(conversation: Conversation, text: str, role: str = "customer", after: int = 0) -> str:
    """Add a message `after` seconds after MOMENT; its id."""
    message = NewMessage(role=role, sender=role, text=text, sent_at=MOMENT + timedelta(seconds=after))
    by = Actor(conversation.company_id, ActorKind.CREDENTIAL)
    [row] = add_messages(by=by, conversation=conversation, messages=[message])
    return row.pk


def offer(message_id: str, *texts: str) -> None:
    """Replies that were on the agent's screen while a message was made."""
    shown = OfferSet.objects.create(id=uuid4().hex, message_id=message_id, shown_at=MOMENT)
    OfferedReply.objects.bulk_create(
        OfferedReply(message_id=message_id, offer_set=shown, position=position, source="global", text=text, score=0.5)
        for position, text in enumerate(texts, start=1)
    )


def make_list(company: Company, *rows: str | ListRow, deploy: str = "production") -> ListVersion:
    """A deployed version with these responses, a plain string being a response without title or folder."""
    version, _ = save_version(
        by=Actor.system(company.pk),
        company=company,
        rows=[ListRow(row) if isinstance(row, str) else row for row in rows],
        description="June 5 2022 Update",
    )
    deploy_version(by=Actor.system(company.pk), version=version, environment=deploy)
    return version
