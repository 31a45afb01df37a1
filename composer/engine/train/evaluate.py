"""Evaluation of an engine on conversations that it has not learned from: how often an offer says what was said."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from composer.engine.text.similarity import signatures, word_f1
from composer.engine.text.tokens import fold
from composer.engine.train.corpus import Conversation
from composer.engine.types import SuggestionContext, SuggestionEngine

# Word F1 from which an offer counts as saying the same.
SAME_MEANING = 0.6


@dataclass(frozen=True, slots=True)
class Measured:
    """For each agent message, in order: whether one of the initial suggestions said the same."""

    hits: tuple[bool, ...]

    @property
    def turns(self) -> int:
        return len(self.hits)


def measure(engine: SuggestionEngine, conversations: Iterable[Conversation], max_turns: int) -> Measured:
    """Replay conversations to the engine, message by message, for at most `max_turns` agent messages."""
    hits: list[bool] = []
    for conversation in conversations:
        for position, turn in enumerate(conversation.turns):
            if turn.role != "agent":
                continue
            if len(hits) >= max_turns:
                return Measured(tuple(hits))
            hits.append(_is_hit(engine, context_before(conversation, position), turn.text))
    return Measured(tuple(hits))


def context_before(conversation: Conversation, position: int) -> SuggestionContext:
    """Return what was known before the turn at `position`."""
    metadata: dict[str, str] = {"queue_name": conversation.queue} if conversation.queue else {}
    return SuggestionContext(
        company="",
        environment="",
        agent=conversation.agent,
        turns=tuple(conversation.turns[:position]),
        metadata=metadata,
        queue=conversation.queue,
        customer_name=conversation.customer_name,
        agent_name=conversation.agent_name,
    )


def _is_hit(engine: SuggestionEngine, context: SuggestionContext, said: str) -> bool:
    offers = engine.prepare(context).suggest("").replies
    folded = fold(said)
    texts = [fold(offer.text) for offer in offers]
    if folded in texts:
        return True
    return bool((word_f1(signatures([folded]), signatures(texts)) >= SAME_MEANING).any())


def is_worse(new: Measured, old: Measured) -> bool:
    """Return whether the new engine is worse on the same messages by more than one standard deviation.

    A sign test: only messages on which the engines differ count. Of n such messages, engines that are equally good win
    n/2 each, and the difference of their wins has a standard deviation of sqrt(n).
    """
    lost = sum(old_hit and not new_hit for new_hit, old_hit in zip(new.hits, old.hits, strict=True))
    won = sum(new_hit and not old_hit for new_hit, old_hit in zip(new.hits, old.hits, strict=True))
    return bool(lost - won > math.sqrt(lost + won))
