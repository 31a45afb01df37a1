"""All writes of the chat page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.actors import Actor, record
from accounts.ids import new_ulid
from accounts.models import ActorKind, Company, Environment, Queue
from assignments.lifecycle import close_conversation, create_or_update_conversation, enqueue
from conversations.errors import EndedError
from conversations.frames import MAX_WAIT_S
from conversations.models import MAX_NAME_LENGTH, Channel, Conversation, Customer, Message, SenderRole, Status
from conversations.pending import Locked, PendingMessage, store_one
from conversations.selectors import Scope
from conversations.services import NewMessage, Party
from safety.engine.masking import Redactor
from safety.engine.visible import clean_name
from safety.selectors import redactor_for
from widget.errors import ChatEndedError, NoVisitorError, TooFastError, TooManyOpenError
from widget.events import tell_visitor_changed
from widget.limits import update_visitors_at, visitors_at, waits_before_sending
from widget.models import Visitor
from widget.selectors import token_digest

# Chats of this page are live conversations; the sandbox is reached through the API.
ENVIRONMENT = Environment.PRODUCTION
# While the connection is down a message waits in the browser, for at most this long.
MAX_WAIT = timedelta(seconds=MAX_WAIT_S)
# A session that was prolonged within this time is not written again: most page views write nothing.
MIN_PROLONGATION = timedelta(days=1)


def actor_of(visitor: Visitor) -> Actor:
    """Return the customer as the actor of events and audit rows."""
    return Actor(visitor.company_id, ActorKind.CUSTOMER, str(visitor.customer_id))


def token_to_start(*, company: Company, token: str, browser: str) -> str:
    """Return the token of the session that a form with `token` starts.

    A visitor of this company keeps the token. Otherwise nobody owned it when the page handed it out, and somebody may
    have planted it in this browser. The session then gets a token derived from it, from `browser` (address and user
    agent) and from the desk's secret: a form sent twice is one visitor, and nobody else knows the token. Raises
    NoVisitorError for the token of another company's visitor.
    """
    owner = Visitor.objects.filter(token_digest=token_digest(token)).first()
    if owner is not None and owner.company_id != company.pk:
        raise NoVisitorError
    if owner is not None and owner.expires_at > timezone.now():
        return token
    return salted_hmac("widget.start", f"{token} {browser}", algorithm="sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a customer comes from: the web page, the device in words, the network address; "" if unknown."""

    page: str = ""
    device: str = ""
    address: str = ""

    def metadata(self, redactor: Redactor) -> dict[str, str]:
        """Return what agents see of it, as the conversation's metadata."""
        known = {"page": redactor.redact(self.page), "device": self.device}
        return {name: value for name, value in known.items() if value}


UNKNOWN = Origin()


def start_chat(*, company: Company, token: str, queue: Queue, name: str = "", origin: Origin = UNKNOWN) -> Visitor:
    """Start a conversation that waits in the queue, and return the visitor of this token.

    A visitor whose conversation has not ended keeps it, so a form that is sent twice starts one conversation. Raises
    TooManyOpenError when a new conversation would be one too many for the address.
    """
    open_, ended = _open_at(company, origin.address)
    is_full = 0 < settings.CHAT_OPEN_PER_ADDRESS <= len(open_)
    visitor = _started(company, token, queue, name, origin, may_begin=not is_full)
    if origin.address:
        update_visitors_at(company.pk, origin.address, new=visitor.pk, gone=ended - {visitor.pk})
    return visitor


def _open_at(company: Company, address: str) -> tuple[set[int], set[int]]:
    """Return the visitors who started chats at this address: ids with an open chat, and ids whose chat has ended."""
    known = set(visitors_at(company.pk, address)) if address else set()
    if not known:
        return set(), set()
    rows = Visitor.objects.filter(pk__in=known, company=company, conversation__isnull=False)
    open_ = set(rows.exclude(conversation__status=Status.ENDED).values_list("pk", flat=True))
    return open_, known - open_


@transaction.atomic
def _started(company: Company, token: str, queue: Queue, name: str, origin: Origin, *, may_begin: bool) -> Visitor:
    visitor = _locked_visitor(company, token)
    if visitor.conversation is not None and visitor.conversation.status != Status.ENDED:
        return visitor
    if not may_begin:
        raise TooManyOpenError
    by, redactor = actor_of(visitor), redactor_for(company.pk, ENVIRONMENT)
    conversation = create_or_update_conversation(
        by=by,
        scope=Scope(company.pk, ENVIRONMENT),
        external_id=f"web-{new_ulid()}",
        customer=Party(visitor.customer.external_id, name),
        started_at=timezone.now(),
        channel=Channel.WEB,
        metadata=origin.metadata(redactor),
    )
    visitor.conversation = enqueue(by=by, conversation=conversation, queue=queue).conversation
    visitor.name = redactor.redact(clean_name(name))[:MAX_NAME_LENGTH]
    visitor.save(update_fields=["conversation", "name", "expires_at"])
    tell_visitor_changed(visitor.pk)
    return visitor


def _locked_visitor(company: Company, token: str) -> Visitor:
    # Derived from the token instead of random: two forms sent at once must not leave a customer without a visitor.
    customer_id = "web-" + salted_hmac("widget.customer", token, algorithm="sha256").hexdigest()[:32]
    customer, _ = Customer.objects.get_or_create(company=company, environment=ENVIRONMENT, external_id=customer_id)
    expires_at = timezone.now() + timedelta(seconds=settings.CHAT_VISITOR_AGE)
    row, _ = Visitor.objects.get_or_create(
        token_digest=token_digest(token),
        defaults={
            "company": company,
            "environment": ENVIRONMENT,
            "customer": customer,
            "expires_at": expires_at,
        },
    )
    visitor = Visitor.objects.select_for_update(of=("self",)).select_related("customer", "conversation").get(pk=row.pk)
    if visitor.company_id != company.pk:
        raise NoVisitorError
    if visitor.expires_at <= timezone.now():
        visitor.conversation = None  # another person may use this browser now
    visitor.expires_at = expires_at
    return visitor


@dataclass(frozen=True, slots=True)
class PendingCustomerMessage(PendingMessage):
    """A visitor's message that is to be stored.

    Refused with NoVisitorError, ChatEndedError, TooFastError or ResendMismatchError. A message to a conversation that
    was timed out resumes it, at the top of its queue.
    """

    visitor: Visitor
    conversation_id: str
    client_id: str
    text: str
    sent_at: datetime
    address: str = ""

    @property
    def by(self) -> Actor:  # type: ignore[override] # read only here
        return actor_of(self.visitor)

    @property
    def scope(self) -> Scope:
        return Scope(self.visitor.company_id, self.visitor.environment)

    @classmethod
    def validate(
        cls, sendings: Sequence[PendingCustomerMessage], locked: Locked
    ) -> list[NewMessage | Message | Exception]:
        # Read again: a session may have ended or begun another conversation since the frame came.
        rows = Visitor.objects.filter(pk__in={pending.visitor.pk for pending in sendings})
        visitors = {row.pk: row for row in rows}
        resent = [pending.was_stored(visitors, locked) for pending in sendings]
        new = [
            (pending.visitor.pk, pending.address)
            for pending, is_resend in zip(sendings, resent, strict=True)
            if not is_resend
        ]
        waits = iter(waits_before_sending(new))
        # A message that is sent again is only compared with the stored one; no limit applies to it.
        return [
            pending._message() if is_resend else pending.admitted(visitors, locked, next(waits))
            for pending, is_resend in zip(sendings, resent, strict=True)
        ]

    def was_stored(self, visitors: Mapping[int, Visitor], locked: Locked) -> bool:
        """Return True when a customer's message of this client id is stored in the visitor's conversation."""
        row, visitor = locked.stored(self), visitors.get(self.visitor.pk)
        if row is None or visitor is None:
            return False
        return row.role == SenderRole.CUSTOMER and visitor.conversation_id == self.conversation_id

    def admitted(self, visitors: Mapping[int, Visitor], locked: Locked, wait_s: float) -> NewMessage | Exception:
        """Return the message to store, or the error with which it is refused."""
        if wait_s > 0:
            return TooFastError(wait_s)
        visitor, now = visitors.get(self.visitor.pk), timezone.now()
        if visitor is None or visitor.expires_at <= now:
            return NoVisitorError()
        conversation = locked.conversations.get(self.conversation_id)
        if visitor.conversation_id != self.conversation_id or conversation is None:
            return ChatEndedError()
        if conversation.status == Status.ENDED and not self._resume(conversation, locked):
            return ChatEndedError()
        return self._message()

    def _message(self) -> NewMessage:
        now = timezone.now()
        return NewMessage(
            role=SenderRole.CUSTOMER,
            sender=self.visitor.customer.external_id,
            text=self.text,
            sent_at=min(max(self.sent_at, now - MAX_WAIT), now),
            client_id=self.client_id,
        )

    def _resume(self, conversation: Conversation, locked: Locked) -> bool:
        """Put a conversation that was timed out back into its queue; False for one that has ended for good."""
        if conversation.queue is None:
            return False
        try:
            enqueue(by=self.by, conversation=conversation, queue=conversation.queue)
        except EndedError:
            return False
        locked.reload(conversation.pk)
        return True

    @classmethod
    def after_store(cls, stored: Sequence[tuple[PendingCustomerMessage, Message]]) -> None:
        """Do nothing: storing a customer's message has no further effects."""


def send_customer_message(
    *, visitor: Visitor, conversation_id: str, client_id: str, text: str, sent_at: datetime
) -> Message:
    """Store the visitor's message, redacted, and return it; for a `client_id` that is stored already, that message.

    Raises NoVisitorError, ChatEndedError, TooFastError or ResendMismatchError; nothing is stored then.
    """
    return store_one(PendingCustomerMessage(visitor, conversation_id, client_id, text, sent_at))


def end_chat(*, visitor: Visitor) -> None:
    """End the visitor's conversation. Does nothing when it has ended already."""
    if visitor.conversation is None:
        return
    try:
        close_conversation(by=actor_of(visitor), conversation=visitor.conversation)
    except EndedError:
        return


def renew_visitor(*, visitor: Visitor) -> None:
    """Prolong the session: its full time starts now."""
    expires_at = timezone.now() + timedelta(seconds=settings.CHAT_VISITOR_AGE)
    if expires_at - visitor.expires_at < MIN_PROLONGATION:
        return
    visitor.expires_at = expires_at
    visitor.save(update_fields=["expires_at"])


@transaction.atomic
def forget_visitor(*, visitor: Visitor) -> None:
    """End the session in all tabs at once. The conversation stays with the company."""
    tell_visitor_changed(visitor.pk)
    visitor.delete()


@transaction.atomic
def forget_company_visitors(*, by: Actor, company: Company) -> int:
    """End all chat sessions of the company and return how many. The conversations stay with the company."""
    ids = list(Visitor.objects.filter(company=company).values_list("pk", flat=True))
    Visitor.objects.filter(company=company).delete()
    record(by, "company.visitors_forgotten", company, after={"visitors": len(ids)})
    for visitor_id in ids:
        tell_visitor_changed(visitor_id)
    return len(ids)
