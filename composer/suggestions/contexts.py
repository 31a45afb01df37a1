"""The context of a conversation: all that its suggestions depend on, prepared once and cached between keystrokes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils import timezone

from accounts.models import Agent
from accounts.selectors import agent_key
from caching.cache import MAX_AGE_S, CachedValue, DependenciesChangedError, VersionedCache
from caching.versions import CacheKey, Versions
from composer.engine.types import SuggestionContext, SuggestionSession, Turn
from composer.learning.entries import entry_of
from composer.learning.selectors import models_key
from composer.suggestions import engines
from composer.suggestions.agent_history import agent_histories
from composer.suggestions.checks import Checks, checks_for
from composer.suggestions.custom_lists import custom_lists
from composer.suggestions.features import Features, features_in
from composer.suggestions.greeting import Greeting, greeting_for
from composer.suggestions.refresh import Refresher
from configuration.selectors import settings_for, settings_key
from conversations.errors import NoAgentError
from conversations.models import Conversation, Participant, ParticipantRole
from conversations.selectors import Scope, chat_messages, conversation_key, present, with_people
from conversations.selectors import conversations as conversations_of
from responses.inserts import (
    TIME_ZONE_KEY,
    InsertContext,
    first_name,
    insert_values,
    name_to_say,
    source_value,
    time_of_day,
)
from responses.lists import SOURCE_NAMES, LoadedList
from responses.models import InsertSource
from responses.selectors import list_key, rules_in
from safety.selectors import Audience, redactor_for, words_key

# The engine weighs the last turns most; a conversation of a whole day must not make a keystroke slow.
MAX_TURNS = 200
# A context holds a score for each response and each learned message: some 400 kB with 45,000 of them.
MAX_CONTEXTS = 500

ContextKey = tuple[Scope, str]


@dataclass(frozen=True, slots=True)
class SettingsSubject:
    """Whose settings a context has. `may_greet`: the agent has not written; `named`: the customer's name is known."""

    agent: Agent
    queue_id: int | None
    may_greet: bool
    named: bool


@dataclass(frozen=True, slots=True)
class CachedContext:
    """A context ready for keystrokes, with the features that are on for its agent.

    `greeting`: None where none is due. `checks`: the company's speller and profanity filter. `inserts`, `metadata`: as
    the context has them, for responses that are looked up by hand. `valid_for_s`: seconds until the clock changes
    something in it. `is_latest`: False where the engine does not know the deployed list or the model in use yet.
    `subject`: whose settings it has.
    """

    session: SuggestionSession
    checks: Checks
    features: Features
    greeting: Greeting | None
    inserts: Mapping[str, str]
    metadata: Mapping[str, str]
    valid_for_s: float
    is_latest: bool
    subject: SettingsSubject


def find(scope: Scope, conversation_id: str) -> CachedValue[CachedContext] | None:
    """Return what this process has cached, current or not. Asks neither the database nor Redis."""
    return _contexts.find((scope, conversation_id))


def is_usable_meanwhile(cached: CachedValue[CachedContext], now: Versions, scope: Scope) -> bool:
    """Is it current but for the list and the model? `rebuild_later` makes it anew then."""
    return cached.is_current(now, but_for=_engine_keys(scope))


def rebuild_later(scope: Scope, conversation_id: str) -> None:
    """Make the context anew beside the serving path."""
    _refresher.later((scope, conversation_id))


def context_for(scope: Scope, conversation_id: str) -> CachedContext | None:
    """Return the context as it is now, from memory where that is current; None where there is no such conversation.

    Raises NoAgentError: nothing is suggested where nobody could send it.
    """
    try:
        return _contexts.get((scope, conversation_id))
    except Conversation.DoesNotExist:
        return None


class _Contexts(VersionedCache[ContextKey, CachedContext]):
    def cached_value(self, key: ContextKey, value: CachedContext, versions: Versions) -> CachedValue[CachedContext]:
        if not value.is_latest:  # `is_usable_meanwhile` holds until it is rebuilt
            versions = {**versions, **dict.fromkeys(_engine_keys(key[0]))}
        return CachedValue(value, versions, time.monotonic() + min(value.valid_for_s, MAX_AGE_S))


def _engine_keys(scope: Scope) -> tuple[CacheKey, CacheKey]:
    return list_key(scope), models_key(scope)


def _keys(key: ContextKey) -> Sequence[CacheKey]:
    """Return the keys; the present agent's is known from a row. Raises NoAgentError, Conversation.DoesNotExist."""
    scope, conversation_id = key
    agent_id = _present_agent(scope, conversation_id)
    if agent_id is None:
        if conversations_of(scope).filter(pk=conversation_id).exists():
            raise NoAgentError
        raise Conversation.DoesNotExist
    return (
        conversation_key(conversation_id),
        *_engine_keys(scope),
        agent_key(agent_id),
        words_key(scope.company_id),
        settings_key(scope.company_id),
    )


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


def _load(key: ContextKey, versions: Versions) -> CachedContext:
    scope, conversation_id = key
    earlier = _contexts.find(key)
    if earlier is not None and earlier.is_current(versions, but_for=(settings_key(scope.company_id),)):
        return _with_settings(scope, earlier, versions)
    conversation = with_people(conversations_of(scope)).select_related("company", "queue").get(pk=conversation_id)
    participant = present(conversation, ParticipantRole.AGENT)
    if participant is None or participant.agent is None:
        raise NoAgentError
    if versions and agent_key(participant.agent.pk) not in versions:
        raise DependenciesChangedError  # the conversation went to another agent in between
    return _build(scope, conversation, participant, participant.agent, versions)


def _build(
    scope: Scope, conversation: Conversation, participant: Participant, agent: Agent, versions: Versions
) -> CachedContext:
    customer = present(conversation, ParticipantRole.CUSTOMER)
    metadata = {row.name: row.value for row in conversation.metadata.all()}
    checks = checks_for(scope, versions)
    customs = custom_lists.get(agent, versions).listed
    known = InsertContext(
        customer_name=name_to_say(customer.name, checks.profanity) if customer else "",
        agent_name=participant.name or agent.name,
        metadata=metadata,
        company_zone=conversation.company.time_zone,
    )
    inserts, valid_for_s = insert_values(scope.company_id, known, timezone.now())
    _add_custom_inserts(inserts, customs, known)
    suggestion_context = SuggestionContext(
        company=conversation.company.slug,
        company_name=conversation.company.name,
        environment=scope.environment,
        agent=agent.external_id,
        turns=_turns(scope, conversation),
        inserts=inserts,
        metadata=metadata,
        customs=tuple(entry_of(item, "custom") for item in customs.responses),
        queue=conversation.queue.name if conversation.queue else "",
        customer_name=first_name(known.customer_name),
        agent_name=first_name(known.agent_name),
        recent=agent_histories.get(agent),
        day_part=time_of_day(metadata.get(TIME_ZONE_KEY, ""), known.company_zone, timezone.now())[0],
    )
    may_greet = not _has_spoken(suggestion_context, participant)
    subject = SettingsSubject(agent, conversation.queue_id, may_greet, named=bool(known.customer_name))
    features, greeting = _features_and_greeting(scope, subject, checks, inserts, versions)
    served = engines.suggestion_engine(scope, versions)
    return CachedContext(
        session=served.engine.prepare(suggestion_context),
        checks=checks,
        features=features,
        greeting=greeting,
        inserts=inserts,
        metadata=metadata,
        valid_for_s=valid_for_s,
        is_latest=served.is_latest,
        subject=subject,
    )


def _with_settings(scope: Scope, earlier: CachedValue[CachedContext], versions: Versions) -> CachedContext:
    """Return a context with the settings as they are now: after a change all of a company's contexts need them."""
    context = earlier.value
    features, greeting = _features_and_greeting(scope, context.subject, context.checks, context.inserts, versions)
    valid_for_s = earlier.expires_at - time.monotonic()
    return replace(context, features=features, greeting=greeting, valid_for_s=valid_for_s)


def _features_and_greeting(
    scope: Scope, subject: SettingsSubject, checks: Checks, inserts: Mapping[str, str], versions: Versions
) -> tuple[Features, Greeting | None]:
    settings = settings_for(scope, agent=subject.agent, queue_id=subject.queue_id, known=versions)
    features = features_in(settings, scope, subject.agent)
    if not (features.autopilot_greetings and subject.may_greet):
        return features, None
    return features, greeting_for(rules_in(settings), checks, inserts, named=subject.named)


def _turns(scope: Scope, conversation: Conversation) -> tuple[Turn, ...]:
    """Return the newest messages, the oldest of them first, masked by the rules for agents."""
    rows = chat_messages(conversation).order_by("-sequence").values_list("role", "text", "sent_at", "is_automatic")
    redactor = redactor_for(scope.company_id, scope.environment, Audience.AGENT)
    return tuple(
        Turn(role, redactor.redact(text), at.timestamp(), is_automatic)  # type: ignore[arg-type] # the roles are the same
        for role, text, at, is_automatic in reversed(rows[:MAX_TURNS])
    )


def _add_custom_inserts(inserts: dict[str, str], customs: LoadedList, known: InsertContext) -> None:
    """Add inserts whose source a custom response names: `{"name": "WHO", "allowedValues": ["customer.name"]}`."""
    sources = {
        SOURCE_NAMES[source]: source for source in (InsertSource.CUSTOMER_FIRST_NAME, InsertSource.AGENT_FIRST_NAME)
    }
    for item in customs.responses:
        for name, values in item.metadata:
            source = sources.get(values[0]) if values else None
            value = source_value(source, known, "") if source else ""
            if value:
                inserts.setdefault(name, value)


def _has_spoken(suggestion_context: SuggestionContext, participant: Participant) -> bool:
    since = participant.joined_at.timestamp()
    return any(turn.role == "agent" and turn.at >= since for turn in suggestion_context.turns)


def _rebuild(key: ContextKey) -> bool:
    """Rebuild one context. Return False while its engine is still being built."""
    if not engines.suggestion_engine(key[0]).is_latest:
        return False
    try:
        context = context_for(*key)
    except NoAgentError:
        context = None  # the agent has left
    if context is None:
        _contexts.forget(key)
    return True


_contexts = _Contexts(size=MAX_CONTEXTS, load=_load, depends_on=_keys, when_redis_is_away="forget_and_load")
_refresher: Refresher[ContextKey] = Refresher(_rebuild, _contexts.forget)
