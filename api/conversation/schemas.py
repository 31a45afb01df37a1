"""Bodies of the Conversations API. Source: openapi asapp-conversations; contract README section 3."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from api.fields import (
    Answer,
    Body,
    ExternalId,
    FilledExternalId,
    MessageText,
    MetadataName,
    MetadataValue,
    Name,
    Omittable,
    Text,
    Timestamp,
)
from conversations import timestamps
from conversations.models import Conversation, Message, ParticipantRole
from conversations.selectors import present

MAX_BATCH = 300


class PartyBody(Body):
    external_id: FilledExternalId
    name: Omittable[Name] = None


class ConversationBody(Body):
    """`id` is ours to give: one that is sent is passed over, but must be a string."""

    id: Omittable[Text] = None
    external_id: FilledExternalId
    customer: PartyBody
    timestamp: Timestamp
    agent: Omittable[PartyBody] = None
    metadata: Omittable[dict[MetadataName, MetadataValue]] = None


class SenderBody(Body):
    role: Literal["agent", "customer", "system"]
    external_id: ExternalId


class MessageBody(Body):
    text: MessageText
    sender: SenderBody
    timestamp: Timestamp


class BatchBody(Body):
    messages: Annotated[list[MessageBody], Field(min_length=1, max_length=MAX_BATCH)]


class ProofBody(Body):
    """At least one of these; what is in them is passed over and never stored."""

    body: Omittable[dict[str, Any]] = None
    cookies: Omittable[dict[str, Any]] = None
    headers: Omittable[dict[str, Any]] = None
    token: Omittable[Text] = None


class AuthenticateBody(Body):
    customer_external_id: FilledExternalId
    auth: ProofBody
    stream_id: Omittable[ExternalId] = None

    @field_validator("auth", mode="before")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if value == {}:
            raise PydanticCustomError("proof", "needs at least one of body, cookies, headers, token")
        return value


class IdAnswer(Answer):
    id: str


class PartyAnswer(Answer):
    external_id: str
    name: str | None = None


class ConversationAnswer(Answer):
    id: str
    external_id: str
    customer: PartyAnswer
    agent: PartyAnswer | None = None
    metadata: dict[str, str]

    @classmethod
    def of(cls, conversation: Conversation) -> ConversationAnswer:
        """The row as read back; reads what `with_people` fetched."""
        customer = present(conversation, ParticipantRole.CUSTOMER)
        agent = present(conversation, ParticipantRole.AGENT)
        return cls(
            id=conversation.pk,
            external_id=conversation.external_id,
            customer=PartyAnswer(
                external_id=customer.external_id if customer else "",
                name=(customer.name or None) if customer else None,
            ),
            agent=PartyAnswer(external_id=agent.external_id, name=agent.name or None) if agent else None,
            metadata={row.name: row.value for row in conversation.metadata.all()},
        )


class ConversationsAnswer(Answer):
    items: list[ConversationAnswer]


class SenderAnswer(Answer):
    role: str
    external_id: str | None


class MessageAnswer(Answer):
    """Written as `timestamp`, read as `clientTimestamp`; created as `id`, read as `messageId`."""

    text: str
    sender: SenderAnswer
    message_id: str
    created_timestamp: str
    client_timestamp: str

    @classmethod
    def of(cls, message: Message) -> MessageAnswer:
        return cls(
            text=message.text,
            sender=SenderAnswer(role=message.role, external_id=message.sender_external_id or None),
            message_id=message.pk,
            created_timestamp=timestamps.render(message.created_at),
            client_timestamp=timestamps.render(message.sent_at),
        )


class MessagesAnswer(Answer):
    items: list[MessageAnswer]
