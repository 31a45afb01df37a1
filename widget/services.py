"""Every write of the customer's side."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.actors import Actor
from accounts.ids import new_ulid
from accounts.models import ActorKind, Company, Environment, Queue
from assignments.services import close_conversation, enqueue
from conversations.errors import EndedError
from conversations.identity import given
from conversations.models import MAX_NAME_LENGTH, Channel, Conversation, Customer, Message, SenderRole, Status
from conversations.selectors import Scope
from conversations.services import NewMessage, Party, add_messages, create_or_update_conversation
from safety.selectors import redactor_for
from widget.errors import ChatEndedError, NoVisitorError, TooFastError
from widget.events import tell_visitor_changed
from widget.limits import wait_before_sending
from widget.models import Visitor
from widget.selectors import token_digest

# The chat page belongs to the live desk; the sandbox is a page of the console.
ENVIRONMENT = Environment.PRODUCTION
# A message waits in the browser while its line is down; one that claims to be older than this has a wrong clock.
OLDEST = timedelta(days=2)
# A session that was moved on so lately stays as it is: no write for each look at the page.
MOVED_ON_LATELY = timedelta(days=1)


def actor_of(visitor: Visitor) -> Actor:
    return Actor(visitor.company_id, ActorKind.CUSTOMER, str(visitor.customer_id))


@transaction.atomic
def start_chat(*, company: Company, token: str, queue: Queue, name: str = "") -> Visitor:
    """The visitor of this token, with a conversation that waits in the queue. One that has not ended goes on.

    So a form that is sent twice starts one conversation.
    """
    visitor = _locked_visitor(company, token)
    if visitor.conversation is not None and visitor.conversation.status != Status.ENDED:
        return visitor
    by = actor_of(visitor)
    conversation = create_or_update_conversation(
        by=by,
        scope=Scope(company.pk, ENVIRONMENT),
        external_id=f"web-{new_ulid()}",
        customer=Party(visitor.customer.external_id, name),
        started_at=timezone.now(),
        channel=Channel.WEB,
    )
    visitor.conversation = enqueue(by=by, conversation=conversation, queue=queue).conversation
    visitor.name = redactor_for(company.pk, ENVIRONMENT).redact(name)[:MAX_NAME_LENGTH]
    visitor.save(update_fields=["conversation", "name", "expires_at"])
    tell_visitor_changed(visitor.pk)
    return visitor


def _locked_visitor(company: Company, token: str) -> Visitor:
    # From the token, and not made anew: two forms at once must not leave a customer behind that nobody is.
    customer_id = "web-" + salted_hmac("widget.customer", token, algorithm="sha256").hexdigest()[:32]
    customer, _ = Customer.objects.get_or_create(company=company, environment=ENVIRONMENT, external_id=customer_id)
    expires_at = timezone.now() + timedelta(seconds=settings.CHAT_VISITOR_AGE)
    made, _ = Visitor.objects.get_or_create(
        token_digest=token_digest(token),
        defaults={
            "company": company,
            "environment": ENVIRONMENT,
            "customer": customer,
            "expires_at": expires_at,
        },
    )
    visitor = Visitor.objects.select_for_update(of=("self",)).select_related("customer", "conversation").get(pk=made.pk)
    if visitor.company_id != company.pk:
        raise NoVisitorError
    if visitor.expires_at <= timezone.now():
        visitor.conversation = None  # whoever sits at this browser now does not see what was said then
    visitor.expires_at = expires_at
    return visitor


def send_customer_message(
    *, visitor: Visitor, conversation_id: str, client_id: str, text: str, sent_at: datetime
) -> Message:
    """Store the visitor's message, redacted; returns it. The same `client_id` again: the stored one.

    Who was timed out goes on with the same conversation, at the top of its queue.
    Raises NoVisitorError, ChatEndedError, TooFastError, ResendMismatchError; nothing is stored then.
    """
    before = Message.objects.filter(
        conversation_id=conversation_id,
        conversation__visitors=visitor,
        client_id=given(client_id),
        role=SenderRole.CUSTOMER,
    ).first()
    if before is not None:
        return before
    wait = wait_before_sending(visitor.pk)
    if wait > 0:
        raise TooFastError(wait)
    with transaction.atomic():
        conversation = _open_conversation(visitor, conversation_id)
        now = timezone.now()
        message = NewMessage(
            role=SenderRole.CUSTOMER,
            sender=visitor.customer.external_id,
            text=text,
            sent_at=min(max(sent_at, now - OLDEST), now),
            client_id=client_id,
        )
        [stored] = add_messages(by=actor_of(visitor), conversation=conversation, messages=[message])
    return stored


def _open_conversation(visitor: Visitor, conversation_id: str) -> Conversation:
    """The visitor's conversation, locked: it cannot end between this look and the message.

    One that was timed out waits in its queue again.
    """
    current = Visitor.objects.filter(pk=visitor.pk, expires_at__gt=timezone.now()).values_list(
        "conversation_id", flat=True
    )
    if not current:
        raise NoVisitorError
    conversation = Conversation.objects.select_for_update().filter(pk=conversation_id).first()
    if current[0] != conversation_id or conversation is None:
        raise ChatEndedError
    if conversation.status == Status.ENDED:
        if conversation.queue is None:
            raise ChatEndedError
        try:
            enqueue(by=actor_of(visitor), conversation=conversation, queue=conversation.queue)
        except EndedError as error:
            raise ChatEndedError from error
    return conversation


def end_chat(*, visitor: Visitor) -> None:
    """The customer leaves. Harmless where the conversation has ended."""
    if visitor.conversation is None:
        return
    try:
        close_conversation(by=actor_of(visitor), conversation=visitor.conversation)
    except EndedError:
        return


def renew_visitor(*, visitor: Visitor) -> None:
    """The visitor was here: the session lasts from now on."""
    expires_at = timezone.now() + timedelta(seconds=settings.CHAT_VISITOR_AGE)
    if expires_at - visitor.expires_at < MOVED_ON_LATELY:
        return
    visitor.expires_at = expires_at
    visitor.save(update_fields=["expires_at"])


@transaction.atomic
def forget_visitor(*, visitor: Visitor) -> None:
    """End the session in all tabs, at once. What was said stays with the company."""
    tell_visitor_changed(visitor.pk)
    visitor.delete()
