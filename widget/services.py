"""Every write of the customer's side."""

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
from assignments.services import close_conversation, enqueue
from conversations.errors import EndedError
from conversations.frames import MAX_WAIT_S
from conversations.models import MAX_NAME_LENGTH, Channel, Conversation, Customer, Message, SenderRole, Status
from conversations.pending import Locked, PendingMessage, store_one
from conversations.selectors import Scope
from conversations.services import NewMessage, Party, create_or_update_conversation
from safety.engine.masking import Redactor
from safety.engine.visible import clean_name
from safety.selectors import redactor_for
from widget.errors import ChatEndedError, NoVisitorError, TooFastError, TooManyOpenError
from widget.events import tell_visitor_changed
from widget.limits import keep_visitors_at, visitors_at, waits_before_sending
from widget.models import Visitor
from widget.selectors import token_digest

# The chat page belongs to the live desk; the sandbox is a page of the console.
ENVIRONMENT = Environment.PRODUCTION
# A message waits in the browser while its line is down, and no longer than this.
OLDEST = timedelta(seconds=MAX_WAIT_S)
# A session that was moved on so lately stays as it is: no write for each look at the page.
MOVED_ON_LATELY = timedelta(days=1)


def actor_of(visitor: Visitor) -> Actor:
    return Actor(visitor.company_id, ActorKind.CUSTOMER, str(visitor.customer_id))


def token_to_start(*, company: Company, token: str, browser: str) -> str:
    """The token with which a chat starts where the form came with `token`.

    A visitor of this company keeps theirs. Else the token was handed out before anybody owned it, and somebody may have
    planted their own in this browser: the session gets one that follows from it, from `browser` (its address and
    software) and from the desk's secret, so that the form sent twice is one visitor and nobody else knows the token.
    Raises NoVisitorError for the token of another company's visitor.
    """
    owner = Visitor.objects.filter(token_digest=token_digest(token)).first()
    if owner is not None and owner.company_id != company.pk:
        raise NoVisitorError
    if owner is not None and owner.expires_at > timezone.now():
        return token
    return salted_hmac("widget.start", f"{token} {browser}", algorithm="sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class CameFrom:
    """Where a customer comes from: the web page, the device in words, the network address; "" for what is not known."""

    page: str = ""
    device: str = ""
    address: str = ""

    def metadata(self, redactor: Redactor) -> dict[str, str]:
        """What agents see of it."""
        known = {"page": redactor.redact(self.page), "device": self.device}
        return {name: value for name, value in known.items() if value}


UNKNOWN = CameFrom()


def start_chat(*, company: Company, token: str, queue: Queue, name: str = "", came: CameFrom = UNKNOWN) -> Visitor:
    """The visitor of this token, with a conversation that waits in the queue. One that has not ended goes on.

    So a form that is sent twice starts one conversation. Raises TooManyOpenError.
    """
    open_, ended = _open_at(company, came.address)
    is_full = 0 < settings.CHAT_OPEN_PER_ADDRESS <= len(open_)
    visitor = _started(company, token, queue, name, came, may_begin=not is_full)
    if came.address:
        keep_visitors_at(company.pk, came.address, new=visitor.pk, gone=ended - {visitor.pk})
    return visitor


def _open_at(company: Company, address: str) -> tuple[set[int], set[int]]:
    """The visitors who started at this address: those whose chat is open, and those whose chat has ended."""
    known = set(visitors_at(company.pk, address)) if address else set()
    if not known:
        return set(), set()
    rows = Visitor.objects.filter(pk__in=known, company=company, conversation__isnull=False)
    open_ = set(rows.exclude(conversation__status=Status.ENDED).values_list("pk", flat=True))
    return open_, known - open_


@transaction.atomic
def _started(company: Company, token: str, queue: Queue, name: str, came: CameFrom, *, may_begin: bool) -> Visitor:
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
        metadata=came.metadata(redactor),
    )
    visitor.conversation = enqueue(by=by, conversation=conversation, queue=queue).conversation
    visitor.name = redactor.redact(clean_name(name))[:MAX_NAME_LENGTH]
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


@dataclass(frozen=True, slots=True)
class CustomerSending(PendingMessage):
    """A visitor's message on its way. Refused with NoVisitorError, ChatEndedError, TooFastError, ResendMismatchError.

    Who was timed out goes on with the same conversation, at the top of its queue.
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
    def validate(cls, sendings: Sequence[CustomerSending], locked: Locked) -> list[NewMessage | Message | Exception]:
        # As the rows stand now: a session may have ended, or begun another conversation.
        rows = Visitor.objects.filter(pk__in={one.visitor.pk for one in sendings})
        known = {row.pk: row for row in rows}
        before = [one.was_stored(known, locked) for one in sendings]
        new = [(one.visitor.pk, one.address) for one, again in zip(sendings, before, strict=True) if not again]
        waits = iter(waits_before_sending(new))
        # One that is sent again is compared with the stored one, and nothing else is asked of it.
        return [
            one._message() if again else one.admitted(known, locked, next(waits))
            for one, again in zip(sendings, before, strict=True)
        ]

    def was_stored(self, known: Mapping[int, Visitor], locked: Locked) -> bool:
        row, visitor = locked.stored(self), known.get(self.visitor.pk)
        if row is None or visitor is None:
            return False
        return row.role == SenderRole.CUSTOMER and visitor.conversation_id == self.conversation_id

    def admitted(self, known: Mapping[int, Visitor], locked: Locked, wait: float) -> NewMessage | Exception:
        if wait > 0:
            return TooFastError(wait)
        visitor, now = known.get(self.visitor.pk), timezone.now()
        if visitor is None or visitor.expires_at <= now:
            return NoVisitorError()
        conversation = locked.conversations.get(self.conversation_id)
        if visitor.conversation_id != self.conversation_id or conversation is None:
            return ChatEndedError()
        if conversation.status == Status.ENDED and not self._goes_on(conversation, locked):
            return ChatEndedError()
        return self._message()

    def _message(self) -> NewMessage:
        now = timezone.now()
        return NewMessage(
            role=SenderRole.CUSTOMER,
            sender=self.visitor.customer.external_id,
            text=self.text,
            sent_at=min(max(self.sent_at, now - OLDEST), now),
            client_id=self.client_id,
        )

    def _goes_on(self, conversation: Conversation, locked: Locked) -> bool:
        """Let a conversation that was timed out wait in its queue again; False for one that has ended for good."""
        if conversation.queue is None:
            return False
        try:
            enqueue(by=self.by, conversation=conversation, queue=conversation.queue)
        except EndedError:
            return False
        locked.reload(conversation.pk)
        return True

    @classmethod
    def after_store(cls, stored: Sequence[tuple[CustomerSending, Message]]) -> None:
        """Nothing hangs on a customer's message."""


def send_customer_message(
    *, visitor: Visitor, conversation_id: str, client_id: str, text: str, sent_at: datetime
) -> Message:
    """Store the visitor's message, redacted; returns it. The same `client_id` again: the stored one.

    Raises NoVisitorError, ChatEndedError, TooFastError, ResendMismatchError; nothing is stored then.
    """
    return store_one(CustomerSending(visitor, conversation_id, client_id, text, sent_at))


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


@transaction.atomic
def forget_company_visitors(*, by: Actor, company: Company) -> int:
    """End the session of everybody who chats with the company; how many. What was said stays with the company."""
    ids = list(Visitor.objects.filter(company=company).values_list("pk", flat=True))
    Visitor.objects.filter(company=company).delete()
    record(by, "company.visitors_forgotten", company, detail=str(len(ids)))
    for visitor_id in ids:
        tell_visitor_changed(visitor_id)
    return len(ids)
