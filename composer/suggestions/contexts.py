"""The scene of a conversation: all that its suggestions depend on, kept in memory between keystrokes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import redis
from django.utils import timezone

from accounts.models import ActorKind, Agent
from accounts.selectors import agent_topic
from composer.engine.types import Offer, SuggestionContext, SuggestionSession, Turn
from composer.learning.entries import entry_of
from composer.suggestions import agent_history, checks, engines
from composer.suggestions.checks import Checks
from composer.suggestions.features import Features, features_for, features_topic
from composer.suggestions.outbound import blocked_words
from composer.suggestions.refresh import Refresher
from conversations.errors import NoAgentError
from conversations.models import Conversation, Participant, ParticipantRole, SenderRole
from conversations.selectors import Scope, chat_messages, conversation_topic, present, with_people
from conversations.selectors import conversations as conversations_of
from freshness import stamps
from freshness.copies import Copies, Copy
from freshness.stamps import Stamp
from responses.engine.templates import fill
from responses.inserts import TIME_ZONE_KEY, Known, first_name, insert_values, name_to_say, source_value, time_of_day
from responses.lists import SOURCE_NAMES, LoadedList, load_custom_list
from responses.models import GreetingDefaults, InsertSource
from responses.selectors import agent_greets, company_greets, greeting_texts, list_topic
from safety.selectors import Use, redactor_for, words_topic

# The engine weighs the last turns most; a conversation of a day must not make a keystroke slow.
MAX_TURNS = 200
# A scene holds a score for each response and each learned message: some 400 kB with 45,000 of them.
KEPT_SCENES = 500


@dataclass(frozen=True, slots=True)
class Greeting:
    """The message that auto-pilot would send now; times in seconds (openapi autocompose, autopilotMessage)."""

    offer: Offer
    trigger_after_seconds: int
    delay_seconds: int


@dataclass(frozen=True, slots=True)
class KeptScene:
    """A scene made ready, with what is on for its agent. `greeting` None: none is due.

    `checks`: the company's speller and filter. `inserts`, `metadata`: as the scene has them, for responses that are
    looked up by hand.
    """

    prepared: SuggestionSession
    checks: Checks
    features: Features
    greeting: Greeting | None
    inserts: Mapping[str, str]
    metadata: Mapping[str, str]


KeptCopy = Copy[KeptScene]

_kept: Copies[tuple[Scope, str], KeptScene] = Copies(KEPT_SCENES)
_customs: Copies[str, LoadedList] = Copies(1000)


def find(scope: Scope, conversation_id: str) -> KeptCopy | None:
    """The copy of this process, current or not: no database, no Redis."""
    return _kept.find((scope, conversation_id))


def serves_meanwhile(copy: KeptCopy, now: Sequence[Stamp]) -> bool:
    """Is the copy current but for the list and the model, for which `renew_later` makes it again?"""
    conversation, _, *others = now
    return copy.is_current((conversation, copy.stamps[1], *others))


def renew_later(scope: Scope, conversation_id: str) -> None:
    """Make the scene again beside the serving path."""
    _refresher.later((scope, conversation_id))


def _renew(key: tuple[Scope, str]) -> bool:
    scope, conversation_id = key
    if not engines.suggestion_engine(scope).latest:
        return False
    try:
        found = scene_of(scope, conversation_id)
    except NoAgentError:
        found = None  # the agent has left
    if found is None:
        _kept.drop(key)
    return True


def forget() -> None:
    """Drop every copy, as after a loss of Redis."""
    _kept.clear()
    _customs.clear()
    agent_history.forget()
    engines.forget()
    checks.forget()


def scene_of(scope: Scope, conversation_id: str) -> KeptScene | None:
    """The scene as it is now, from memory where that is current; None when there is no such conversation.

    Raises NoAgentError: nothing is suggested where nobody would say it.
    """
    copy = find(scope, conversation_id)
    try:
        if copy is not None and copy.is_current(stamps.read(copy.topics)):
            return copy.value
    except redis.RedisError:
        forget()
        copy = None
    return _load(scope, conversation_id)


def _load(scope: Scope, conversation_id: str) -> KeptScene | None:
    # Stamps first, rows second (freshness.stamps). Which agent's stamp counts is only known from a row: look at
    # it, read the stamps, and load what counts afterwards.
    agent_id = _present_agent(scope, conversation_id)
    if agent_id is None:
        if conversations_of(scope).filter(pk=conversation_id).exists():
            raise NoAgentError
        return None
    topics = (
        conversation_topic(conversation_id),
        list_topic(scope),
        agent_topic(agent_id),
        words_topic(scope.company_id),
        features_topic(scope),
    )
    try:
        before: list[Stamp] | None = stamps.read(topics)
    except redis.RedisError:
        before = None
    conversation = with_people(conversations_of(scope)).select_related("company", "queue").get(pk=conversation_id)
    here = present(conversation, ParticipantRole.AGENT)
    if here is None or here.agent is None or here.agent.pk != agent_id:
        return _load(scope, conversation_id)  # the agent changed under our eyes
    customs = _customs_of(here.agent, before[2:3] if before else None)
    kept, seconds, latest = _build(scope, conversation, here, here.agent, customs)
    if before is not None:
        if not latest:
            before[1] = None  # as the list was before: `renew_later` makes it again
        _kept.keep((scope, conversation_id), kept, topics=topics, stamps=before, max_age_s=seconds)
    return kept


def _present_agent(scope: Scope, conversation_id: str) -> str | None:
    return (
        Participant.objects.filter(
            conversation__in=conversations_of(scope).filter(pk=conversation_id),
            role=ParticipantRole.AGENT,
            left_at__isnull=True,
        )
        .values_list("agent_id", flat=True)
        .first()
    )


def _customs_of(agent: Agent, now: list[Stamp] | None) -> LoadedList:
    """The agent's own list; kept, for it changes seldom and every conversation of the agent needs it."""
    copy = _customs.find(agent.pk)
    if copy is not None and now is not None and copy.is_current(now):
        return copy.value
    customs = load_custom_list(agent)
    if now is not None:
        _customs.keep(agent.pk, customs, topics=(agent_topic(agent.pk),), stamps=now)
    return customs


def _build(
    scope: Scope, conversation: Conversation, here: Participant, agent: Agent, customs: LoadedList
) -> tuple[KeptScene, float, bool]:
    """The scene, for how many seconds it stays true by the clock alone, and is its engine the latest?"""
    customer = present(conversation, ParticipantRole.CUSTOMER)
    metadata = {row.name: row.value for row in conversation.metadata.all()}
    own_checks = checks.checks_of(scope)
    known = Known(
        customer_name=name_to_say(customer.name, own_checks.profanity) if customer else "",
        agent_name=here.name or agent.name,
        metadata=metadata,
        company_zone=conversation.company.time_zone,
    )
    inserts, seconds = insert_values(scope.company_id, known, timezone.now())
    _add_custom_inserts(inserts, customs, known)
    rows = chat_messages(conversation).order_by("-sequence").values_list("role", "text", "sent_at", "event__actor_kind")
    messages = list(rows[:MAX_TURNS])[::-1]
    sees = redactor_for(scope.company_id, scope.environment, Use.AGENT)
    scene = SuggestionContext(
        company=conversation.company.marker,
        company_name=conversation.company.name,
        environment=scope.environment,
        agent=agent.external_id,
        turns=tuple(
            Turn(role, sees.redact(text), at.timestamp(), role == SenderRole.AGENT and actor == ActorKind.SYSTEM)  # type: ignore[arg-type]
            for role, text, at, actor in messages
        ),
        inserts=inserts,
        metadata=metadata,
        customs=tuple(entry_of(item, "custom") for item in customs.responses),
        queue=conversation.queue.name if conversation.queue else "",
        customer_name=first_name(known.customer_name),
        agent_name=first_name(known.agent_name),
        recent=agent_history.recent(agent),
        day_part=time_of_day(metadata.get(TIME_ZONE_KEY, ""), known.company_zone, timezone.now())[0],
    )
    features = features_for(scope, agent, conversation.queue_id)
    greeting = (
        None
        if _has_spoken(scene, here)
        else _greeting(scope, agent, features, own_checks, inserts, named=bool(known.customer_name))
    )
    served = engines.suggestion_engine(scope)
    kept = KeptScene(served.engine.prepare(scene), own_checks, features, greeting, inserts, metadata)
    return kept, seconds, served.latest


def _add_custom_inserts(inserts: dict[str, str], customs: LoadedList, known: Known) -> None:
    """A custom response may name an insert's source: `{"name": "WHO", "allowedValues": ["customer.name"]}`."""
    sources = {
        SOURCE_NAMES[source]: source for source in (InsertSource.CUSTOMER_FIRST_NAME, InsertSource.AGENT_FIRST_NAME)
    }
    for item in customs.responses:
        for name, values in item.metadata:
            source = sources.get(values[0]) if values else None
            value = source_value(source, known, "") if source else ""
            if value:
                inserts.setdefault(name, value)


def _has_spoken(scene: SuggestionContext, here: Participant) -> bool:
    since = here.joined_at.timestamp()
    return any(turn.role == "agent" and turn.at >= since for turn in scene.turns)


def _greeting(
    scope: Scope, agent: Agent, features: Features, own_checks: Checks, inserts: dict[str, str], named: bool
) -> Greeting | None:
    """By name where there is one that may be said; without a name where that is stopped or has no value."""
    if not features.autopilot_greetings or not company_greets(scope) or not agent_greets(scope, agent):
        return None
    defaults = GreetingDefaults.objects.get(company_id=scope.company_id)
    generic, by_name = greeting_texts(scope, agent)
    for template in (by_name, generic) if named else (generic,):
        text = fill(template, inserts)
        if text and blocked_words(own_checks, text) is None:
            offer = Offer(text=text, template=template, title="", source="global")
            return Greeting(offer, defaults.trigger_after_seconds, defaults.delay_seconds)
    return None


_refresher: Refresher[tuple[Scope, str]] = Refresher(_renew, _kept.drop)
