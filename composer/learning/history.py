"""A company's past conversations as the engine reads them: in order of time, in batches, never all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from composer.engine.train.corpus import Conversation as PastConversation
from composer.engine.types import Turn
from composer.models import MessageSent, OfferSet
from composer.usage.outcomes import SentMessage, chosen_offers, not_chosen
from conversations.models import Message, MessageKind, Participant, ParticipantRole, SenderRole
from conversations.selectors import Scope, customers_of
from conversations.selectors import conversations as conversations_of
from responses.inserts import first_name
from safety.engine.masking import Redactor
from safety.selectors import Audience, redactor_for

# Conversations of one round of queries.
BATCH = 300
# Weight of an offer, in addition to the messages that were sent: chosen unchanged, chosen and edited, not chosen. Of
# three offers at least two are not chosen, so this says little.
TAKEN, CHANGED, PASSED_OVER = 1.0, 0.25, -0.1
# Messages of one round of queries.
MESSAGES = 500


def spoken_conversations(scope: Scope) -> list[str]:
    """Return the ids of the conversations in which an agent spoke, oldest first."""
    spoken = Message.objects.filter(company_id=scope.company_id, role=SenderRole.AGENT, kind=MessageKind.CHAT)
    rows = conversations_of(scope).filter(pk__in=spoken.values("conversation_id")).order_by("started_at", "pk")
    return list(rows.values_list("pk", flat=True))


def read(scope: Scope, ids: Iterable[str]) -> Iterator[PastConversation]:
    """Yield the conversations of these ids, in this order. Four queries for each batch.

    Texts are redacted again, by the present rules: a rule may be newer than a stored message. Automatic messages, such
    as greetings, are left out: nobody chose their words.
    """
    redactor = redactor_for(scope.company_id, scope.environment, Audience.LEARNING)
    waiting = iter(ids)
    while batch := list(islice(waiting, BATCH)):
        yield from _batch(scope, batch, redactor)


def usage(scope: Scope) -> Iterator[tuple[str, float]]:
    """Yield what agents were offered, each with its weight in addition to the messages' own."""
    redactor = redactor_for(scope.company_id, scope.environment, Audience.LEARNING)
    taken = MessageSent.objects.filter(conversation__in=conversations_of(scope)).exclude(selected_suggestion_text="")
    for text, edits in taken.values_list("selected_suggestion_text", "num_edits").iterator(chunk_size=2000):
        yield redactor.redact(text), CHANGED if edits else TAKEN
    offered = Message.objects.filter(
        conversation__in=conversations_of(scope), pk__in=OfferSet.objects.values("message")
    )
    rows = offered.values_list("pk", "conversation_id", "text").order_by("pk").iterator(chunk_size=2000)
    while batch := list(islice(rows, MESSAGES)):
        sent = {pk: SentMessage(conversation, text) for pk, conversation, text in batch}
        for text in not_chosen(sent, chosen_offers(sent)):
            yield redactor.redact(text), PASSED_OVER


def _batch(scope: Scope, ids: Sequence[str], redactor: Redactor) -> Iterator[PastConversation]:
    rows = conversations_of(scope).filter(pk__in=ids)
    queues = dict(rows.values_list("pk", "queue__name"))
    turns: dict[str, list[Turn]] = defaultdict(list)
    agents: dict[str, str] = {}
    messages = (
        Message.objects.filter(conversation__in=rows, kind=MessageKind.CHAT)
        .exclude(is_automatic=True)
        .order_by("conversation_id", "sequence")
        .values_list("conversation_id", "role", "text", "sender_external_id", "sent_at")
    )
    for pk, role, text, sender, sent_at in messages.iterator(chunk_size=4000):
        turns[pk].append(Turn(role, redactor.redact(text), sent_at.timestamp()))  # type: ignore[arg-type] # the roles are the same
        if role == SenderRole.AGENT:
            agents[pk] = sender
    names, customers = _names(ids), customers_of(ids)
    for pk in ids:
        if pk in turns:
            yield PastConversation(
                turns[pk],
                customer=customers.get(pk, ""),
                agent=agents.get(pk, ""),
                queue=queues.get(pk) or "",
                customer_name=names.get((pk, ParticipantRole.CUSTOMER), ""),
                agent_name=names.get((pk, ParticipantRole.AGENT), ""),
            )


def _names(ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return the first names of customers and agents; where several agents took part, the last one's."""
    rows = (
        Participant.objects.filter(conversation__in=ids)
        .order_by("joined_at", "pk")
        .values_list("conversation_id", "role", "name", "agent__name")
    )
    return {(pk, role): first_name(name or agent_name or "") for pk, role, name, agent_name in rows}
