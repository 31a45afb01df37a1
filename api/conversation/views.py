"""The Conversations API: nine operations under /conversation/v1."""

from __future__ import annotations

from typing import Annotated

from ninja import Query, Router, Status
from pydantic import BaseModel, ConfigDict, Field

from api.auth import ApiRequest, KeyPair, actor_of, scope_of
from api.conversation.schemas import (
    AuthenticateBody,
    BatchBody,
    ConversationAnswer,
    ConversationBody,
    ConversationsAnswer,
    IdAnswer,
    MessageAnswer,
    MessageBody,
    MessagesAnswer,
    PartyBody,
)
from api.errors import bad_request, not_found
from api.fields import ExternalId
from conversations import selectors, services
from conversations.identity import LONGEST_GIVEN_ID
from conversations.models import Conversation
from conversations.services import NewMessage, Party

router = Router(auth=KeyPair("conversation"), tags=["Conversations"], by_alias=True, exclude_none=True)


class ByExternalId(BaseModel):
    model_config = ConfigDict(populate_by_name=False)
    external_id: Annotated[ExternalId, Field(alias="externalId")]


def conversation_of(request: ApiRequest, conversation_id: str) -> Conversation:
    """The conversation of this id in the caller's environment, or 404: the one way views come to it."""
    found = selectors.conversations(scope_of(request.credential)).filter(pk=conversation_id).first()
    if found is None:
        raise not_found("conversation")
    return found


def new_message(body: MessageBody, own_id: str = "") -> NewMessage:
    return NewMessage(
        role=body.sender.role,
        sender=body.sender.external_id,
        text=body.text,
        sent_at=body.timestamp,
        client_id=own_id,
    )


def client_id(request: ApiRequest) -> str:
    """The sender's own id of the message: the `Idempotency-Key` header, "" without one, 400 for a bad one."""
    value = request.headers.get("Idempotency-Key", "")
    if len(value) > LONGEST_GIVEN_ID or "\x00" in value:
        raise bad_request(f"Bad request: the header Idempotency-Key takes at most {LONGEST_GIVEN_ID} characters")
    return value


def _party(body: PartyBody) -> Party:
    return Party(body.external_id, body.name)


@router.post("/conversations", response=IdAnswer, summary="Create or update a conversation")
def create_or_update_conversation(request: ApiRequest, payload: ConversationBody) -> IdAnswer:
    """Upsert on `externalId`. An agent or metadata keys that are not sent stay as they are."""
    conversation = services.create_or_update_conversation(
        by=actor_of(request.credential),
        scope=scope_of(request.credential),
        external_id=payload.external_id,
        customer=_party(payload.customer),
        started_at=payload.timestamp,
        agent=_party(payload.agent) if payload.agent else None,
        metadata=payload.metadata,
    )
    return IdAnswer(id=conversation.pk)


@router.get("/conversations", response=ConversationsAnswer, summary="List conversations")
def list_conversations(request: ApiRequest, query: Query[ByExternalId]) -> ConversationsAnswer:
    """The conversations of an external id: none or one."""
    rows = selectors.conversations(scope_of(request.credential)).filter(external_id=query.external_id)
    return ConversationsAnswer(items=[ConversationAnswer.of(row) for row in selectors.with_people(rows)])


@router.get("/conversations/{conversation_id}", response=ConversationAnswer, summary="Retrieve a conversation")
def retrieve_conversation(request: ApiRequest, conversation_id: str) -> ConversationAnswer:
    return ConversationAnswer.of(conversation_of(request, conversation_id))


@router.post("/conversations/{conversation_id}/authenticate", response={204: None}, summary="Authenticate a user")
def authenticate(request: ApiRequest, conversation_id: str, payload: AuthenticateBody) -> Status[None]:
    """The customer proved who they are to the caller; the proof is not stored."""
    services.authenticate_customer(
        by=actor_of(request.credential),
        conversation=conversation_of(request, conversation_id),
        customer_external_id=payload.customer_external_id,
        stream_id=payload.stream_id or "",
    )
    return Status(204, None)


@router.post("/conversations/{conversation_id}/messages", response=IdAnswer, summary="Create a message")
def create_message(request: ApiRequest, conversation_id: str, payload: MessageBody) -> IdAnswer:
    """Add a message. Sent again it is not stored twice: the same `Idempotency-Key` header, or without that
    header the same sender, time and text, gets the id of the stored message."""
    [message] = services.add_messages(
        by=actor_of(request.credential),
        conversation=conversation_of(request, conversation_id),
        messages=[new_message(payload, client_id(request))],
    )
    return IdAnswer(id=message.pk)


@router.post("/conversations/{conversation_id}/messages/batch", summary="Create multiple messages")
def create_messages(request: ApiRequest, conversation_id: str, payload: BatchBody) -> dict[str, str]:
    """Add 1 to 300 messages in the order given, all or none."""
    services.add_messages(
        by=actor_of(request.credential),
        conversation=conversation_of(request, conversation_id),
        messages=[new_message(message) for message in payload.messages],
    )
    return {}


@router.get("/conversations/{conversation_id}/messages", response=MessagesAnswer, summary="List messages")
def list_messages(request: ApiRequest, conversation_id: str) -> MessagesAnswer:
    """All messages of the conversation in the order of their timestamps; those of one moment as they came."""
    return _messages(conversation_of(request, conversation_id))


@router.get(
    "/conversations/{conversation_id}/messages/{message_id}",
    response=MessageAnswer,
    summary="Retrieve a message",
)
def retrieve_message(request: ApiRequest, conversation_id: str, message_id: str) -> MessageAnswer:
    conversation = conversation_of(request, conversation_id)
    message = selectors.chat_messages(conversation).filter(pk=message_id).first()
    if message is None:
        raise not_found("message")
    return MessageAnswer.of(message)


@router.get("/conversation/messages", response=MessagesAnswer, summary="List messages with an externalId")
def list_messages_by_external_id(request: ApiRequest, query: Query[ByExternalId]) -> MessagesAnswer:
    """All messages of the conversation with this external id, by their timestamps; 404 when there is none."""
    rows = selectors.conversations(scope_of(request.credential))
    conversation = rows.filter(external_id=query.external_id).first()
    if conversation is None:
        raise not_found("conversation")
    return _messages(conversation)


def _messages(conversation: Conversation) -> MessagesAnswer:
    return MessagesAnswer(items=[MessageAnswer.of(row) for row in selectors.chat_messages(conversation)])
