"""The Conversations API: nine operations under /conversation/v1."""

from __future__ import annotations

from typing import Annotated

from ninja import Query, Router, Status
from pydantic import BaseModel, ConfigDict, Field

from api.auth import ApiRequest, KeyPair, actor_of, scope_of
from api.conversation.schemas import (
    AuthenticateRequest,
    BatchRequest,
    ConversationRequest,
    ConversationResponse,
    ConversationsResponse,
    IdResponse,
    MessageRequest,
    MessageResponse,
    MessagesResponse,
    PartyRequest,
)
from api.errors import bad_request, not_found
from api.fields import ExternalId
from assignments import lifecycle
from conversations import selectors, services
from conversations.identity import MAX_GIVEN_ID_LENGTH
from conversations.models import Conversation
from conversations.services import NewMessage, Party

router = Router(auth=KeyPair("conversation"), tags=["Conversations"], by_alias=True, exclude_none=True)


class ByExternalId(BaseModel):
    model_config = ConfigDict(populate_by_name=False)
    external_id: Annotated[ExternalId, Field(alias="externalId")]


def conversation_of(request: ApiRequest, conversation_id: str) -> Conversation:
    """Return the conversation of this id in the caller's environment, or raise 404. All views get it from here."""
    conversation = selectors.conversations(scope_of(request.credential)).filter(pk=conversation_id).first()
    if conversation is None:
        raise not_found("conversation")
    return conversation


def new_message(body: MessageRequest, own_id: str = "") -> NewMessage:
    return NewMessage(
        role=body.sender.role,
        sender=body.sender.external_id,
        text=body.text,
        sent_at=body.timestamp,
        client_id=own_id,
    )


def client_id(request: ApiRequest) -> str:
    """Return the sender's own id of the message from the header `Idempotency-Key`; "" without it. Raises 400."""
    value = request.headers.get("Idempotency-Key", "")
    if len(value) > MAX_GIVEN_ID_LENGTH or "\x00" in value:
        raise bad_request(f"Bad request: the header Idempotency-Key has at most {MAX_GIVEN_ID_LENGTH} characters")
    return value


def _party(body: PartyRequest) -> Party:
    return Party(body.external_id, body.name)


@router.post("/conversations", response=IdResponse, summary="Create or update a conversation")
def create_or_update_conversation(request: ApiRequest, payload: ConversationRequest) -> IdResponse:
    """Upsert on `externalId`. An agent or metadata keys that are not sent stay as they are."""
    conversation = lifecycle.create_or_update_conversation(
        by=actor_of(request.credential),
        scope=scope_of(request.credential),
        external_id=payload.external_id,
        customer=_party(payload.customer),
        started_at=payload.timestamp,
        agent=_party(payload.agent) if payload.agent else None,
        metadata=payload.metadata,
    )
    return IdResponse(id=conversation.pk)


@router.get("/conversations", response=ConversationsResponse, summary="List conversations")
def list_conversations(request: ApiRequest, query: Query[ByExternalId]) -> ConversationsResponse:
    """Return the conversation with this external id in a list, which is empty if there is none."""
    rows = selectors.conversations(scope_of(request.credential)).filter(external_id=query.external_id)
    return ConversationsResponse(items=[ConversationResponse.of(row) for row in selectors.with_people(rows)])


@router.get("/conversations/{conversation_id}", response=ConversationResponse, summary="Retrieve a conversation")
def retrieve_conversation(request: ApiRequest, conversation_id: str) -> ConversationResponse:
    return ConversationResponse.of(conversation_of(request, conversation_id))


@router.post("/conversations/{conversation_id}/authenticate", response={204: None}, summary="Authenticate a user")
def authenticate(request: ApiRequest, conversation_id: str, payload: AuthenticateRequest) -> Status[None]:
    """Record that the customer has proved to the caller who they are. The proof is not stored."""
    services.authenticate_customer(
        by=actor_of(request.credential),
        conversation=conversation_of(request, conversation_id),
        customer_external_id=payload.customer_external_id,
        stream_id=payload.stream_id or "",
    )
    return Status(204, None)


@router.post("/conversations/{conversation_id}/messages", response=IdResponse, summary="Create a message")
def create_message(request: ApiRequest, conversation_id: str, payload: MessageRequest) -> IdResponse:
    """Add a message.

    A message that is sent again is not stored twice: the same `Idempotency-Key` header, or without that header the
    same sender, time and text, gets the id of the stored message.
    """
    [message] = services.add_messages(
        by=actor_of(request.credential),
        conversation=conversation_of(request, conversation_id),
        messages=[new_message(payload, client_id(request))],
    )
    return IdResponse(id=message.pk)


@router.post("/conversations/{conversation_id}/messages/batch", summary="Create multiple messages")
def create_messages(request: ApiRequest, conversation_id: str, payload: BatchRequest) -> dict[str, str]:
    """Add 1 to 300 messages in this order, all or none."""
    services.add_messages(
        by=actor_of(request.credential),
        conversation=conversation_of(request, conversation_id),
        messages=[new_message(message) for message in payload.messages],
    )
    return {}


@router.get("/conversations/{conversation_id}/messages", response=MessagesResponse, summary="List messages")
def list_messages(request: ApiRequest, conversation_id: str) -> MessagesResponse:
    """Return all messages by timestamp; messages with equal timestamps in the order in which they came."""
    return _messages(conversation_of(request, conversation_id))


@router.get(
    "/conversations/{conversation_id}/messages/{message_id}",
    response=MessageResponse,
    summary="Retrieve a message",
)
def retrieve_message(request: ApiRequest, conversation_id: str, message_id: str) -> MessageResponse:
    conversation = conversation_of(request, conversation_id)
    message = selectors.chat_messages(conversation).filter(pk=message_id).first()
    if message is None:
        raise not_found("message")
    return MessageResponse.of(message)


@router.get("/conversation/messages", response=MessagesResponse, summary="List messages with an externalId")
def list_messages_by_external_id(request: ApiRequest, query: Query[ByExternalId]) -> MessagesResponse:
    """Return all messages of the conversation with this external id by timestamp; 404 if there is none."""
    rows = selectors.conversations(scope_of(request.credential))
    conversation = rows.filter(external_id=query.external_id).first()
    if conversation is None:
        raise not_found("conversation")
    return _messages(conversation)


def _messages(conversation: Conversation) -> MessagesResponse:
    return MessagesResponse(items=[MessageResponse.of(row) for row in selectors.chat_messages(conversation)])
