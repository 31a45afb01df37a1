"""Fits how much the very message counts against one that means the same, when three are chosen.

Where agents pick what they say from templates the very words are worth guessing; where each writes freely, three
different things that may be meant. Conversations that were kept back from all other learning tell which it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from composer.engine.ranking.offers import Ready
from composer.engine.ranking.ranked import RankedScene
from composer.engine.ranking.similarity import alike, signatures
from composer.engine.ranking.words import fold, words

# The weights tried, the usual one first: it is kept unless the other one does better. What lies between them is
# hardly told from either by two thousand messages.
WEIGHTS = (0.6, 0.85)
# Fewer messages than this fit nothing.
LEAST_MESSAGES = 300
# Share of words in common from which an offer says the same; what a hit is worth, in these words and in others.
SAME = 0.6
VERY_WORTH, SAME_WORTH = 3, 2


class Choices:
    """What came of each weight: the worth of its hits."""

    def __init__(self) -> None:
        self._messages = 0
        self._worth = np.zeros(len(WEIGHTS), np.int64)

    def see(self, ranked: RankedScene, said: str) -> None:
        """One message kept back; `ranked` is the scene before it."""
        choice = ranked.unprompted()
        self._messages += 1
        self._worth += [_worth(choice.offers(weight), said) for weight in WEIGHTS]

    def best(self) -> float | None:
        """The weight whose hits are worth most; None for few messages."""
        return WEIGHTS[int(self._worth.argmax())] if self._messages >= LEAST_MESSAGES else None


def _worth(offers: Sequence[Ready], said: str) -> int:
    """What the best of them is worth: to say the same is most of it, for that is mended soon."""
    folded = [fold(one.text) for one in offers]
    if words(fold(said)) in [words(text) for text in folded]:
        return VERY_WORTH
    says_the_same = bool(folded) and bool((alike(signatures([fold(said)]), signatures(folded)) >= SAME).any())
    return SAME_WORTH if says_the_same else 0
