"""Requests and responses of the Conversations API. Source: openapi asapp-conversations; contract README section 3."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from api.fields import (
    ExternalId,
    FilledExternalId,
    MessageText,
    MetadataName,
    MetadataValue,
    Name,
    Omittable,
    RequestSchema,
    ResponseSchema,
    Text,
    Timestamp,
)
from conversations import timestamps
from conversations.models import Conversation, Message, ParticipantRole
from conversations.selectors import present

MAX_BATCH = 300


class PartyRequest(RequestSchema):
    external_id: FilledExternalId
    name: Omittable[Name] = None


class ConversationRequest(RequestSchema):
    """`id` is read-only: it is ignored in a request, but must be a string."""

    id: Omittable[Text] = None
    external_id: FilledExternalId
    customer: PartyRequest
    timestamp: Timestamp
    agent: Omittable[PartyRequest] = None
    metadata: Omittable[dict[MetadataName, MetadataValue]] = None


class SenderRequest(RequestSchema):
    role: Literal["agent", "customer", "system"]
    external_id: ExternalId


class MessageRequest(RequestSchema):
    text: MessageText
    sender: SenderRequest
    timestamp: Timestamp


class BatchRequest(RequestSchema):
    messages: Annotated[list[MessageRequest], Field(min_length=1, max_length=MAX_BATCH)]


class ProofRequest(RequestSchema):
    """At least one of these is required. Their content is ignored and never stored."""

    body: Omittable[dict[str, Any]] = None
    cookies: Omittable[dict[str, Any]] = None
    headers: Omittable[dict[str, Any]] = None
    token: Omittable[Text] = None


class AuthenticateRequest(RequestSchema):
    customer_external_id: FilledExternalId
    auth: ProofRequest
    stream_id: Omittable[ExternalId] = None

    @field_validator("auth", mode="before")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if value == {}:
            raise PydanticCustomError("proof", "needs at least one of body, cookies, headers, token")
        return value


class IdResponse(ResponseSchema):
    id: str


class PartyResponse(ResponseSchema):
    external_id: str
    name: str | None = None


class ConversationResponse(ResponseSchema):
    id: str
    external_id: str
    customer: PartyResponse
    agent: PartyResponse | None = None
    metadata: dict[str, str]

    @classmethod
    def of(cls, conversation: Conversation) -> ConversationResponse:
        """Return the conversation for a response; reads what `with_people` has fetched."""
        customer = present(conversation, ParticipantRole.CUSTOMER)
        agent = present(conversation, ParticipantRole.AGENT)
        return cls(
            id=conversation.pk,
            external_id=conversation.external_id,
            customer=PartyResponse(
                external_id=customer.external_id if customer else "",
                name=(customer.name or None) if customer else None,
            ),
            agent=PartyResponse(external_id=agent.external_id, name=agent.name or None) if agent else None,
            metadata={row.name: row.value for row in conversation.metadata.all()},
        )


class ConversationsResponse(ResponseSchema):
    items: list[ConversationResponse]


class SenderResponse(ResponseSchema):
    role: str
    external_id: str | None


class MessageResponse(ResponseSchema):
    """A stored message. A request's `timestamp` is here `clientTimestamp`, and the `id` of creation is `messageId`."""

    text: str
    sender: SenderResponse
    message_id: str
    created_timestamp: str
    client_timestamp: str

    @classmethod
    def of(cls, message: Message) -> MessageResponse:
        return cls(
            text=message.text,
            sender=SenderResponse(role=message.role, external_id=message.sender_external_id or None),
            message_id=message.pk,
            created_timestamp=timestamps.render(message.created_at),
            client_timestamp=timestamps.render(message.sent_at),
        )


class MessagesResponse(ResponseSchema):
    items: list[MessageResponse]
