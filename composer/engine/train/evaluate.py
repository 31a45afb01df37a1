"""Measures an engine on past conversations that it has not seen: how often an offer says what the agent said."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from composer.engine.text.similarity import alike, signatures
from composer.engine.text.tokens import fold
from composer.engine.train.corpus import Conversation
from composer.engine.types import SuggestionContext, SuggestionEngine

# Offers count as saying the same from this share of words in common.
SAME = 0.6


@dataclass(frozen=True, slots=True)
class Measured:
    """Of each agent message, in order: did one of the offers at the empty composer say the same?"""

    hits: tuple[bool, ...]

    @property
    def turns(self) -> int:
        return len(self.hits)


def measure(engine: SuggestionEngine, conversations: Iterable[Conversation], most_turns: int) -> Measured:
    """Play the conversations to the engine, message by message, until `most_turns` agent messages were asked for."""
    hits: list[bool] = []
    for conversation in conversations:
        for place, turn in enumerate(conversation.turns):
            if turn.role != "agent":
                continue
            if len(hits) >= most_turns:
                return Measured(tuple(hits))
            hits.append(_hit(engine, context_before(conversation, place), turn.text))
    return Measured(tuple(hits))


def context_before(conversation: Conversation, place: int) -> SuggestionContext:
    """What was known before the message at `place`."""
    known: dict[str, str] = {"queue_name": conversation.queue} if conversation.queue else {}
    return SuggestionContext(
        company="",
        environment="",
        agent=conversation.agent,
        turns=tuple(conversation.turns[:place]),
        metadata=known,
        queue=conversation.queue,
        customer_name=conversation.customer_name,
        agent_name=conversation.agent_name,
    )


def _hit(engine: SuggestionEngine, scene: SuggestionContext, said: str) -> bool:
    offers = engine.prepare(scene).suggest("").replies
    folded = fold(said)
    texts = [fold(offer.text) for offer in offers]
    if folded in texts:
        return True
    return bool((alike(signatures([folded]), signatures(texts)) >= SAME).any())


def is_worse(new: Measured, old: Measured) -> bool:
    """Is the new engine worse on the same messages, by more than chance explains?

    Only messages on which they differ tell anything; a fair coin thrown for each of n strays by the root of n.
    """
    lost = sum(old_hit and not new_hit for new_hit, old_hit in zip(new.hits, old.hits, strict=True))
    won = sum(new_hit and not old_hit for new_hit, old_hit in zip(new.hits, old.hits, strict=True))
    return bool(lost - won > math.sqrt(lost + won))
