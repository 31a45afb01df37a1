"""How likely a phrase must be to be offered: so that about seven of ten that a company's agents see are right."""

from __future__ import annotations

from dataclasses import dataclass

_FIRST_WORD_MARGIN, _MAX_PROBABILITY = 0.05, 0.98


@dataclass(frozen=True, slots=True)
class PhraseThreshold:
    """When a phrase is offered. The defaults fit most companies; training fits them to one (`train.tune_phrases`).

    `min_probability`: of each word of a phrase.
    `length_decay`: factor on the probability for each further word. An agent who still types did not mean what was
    offered, so words go on as before less often than past messages say.
    `smoothing`: the number of equal votes at which an estimated probability is halved.
    """

    min_probability: float = 0.7
    length_decay: float = 0.9
    smoothing: float = 0.7

    @property
    def min_probability_first(self) -> float:
        """The same for the first word of a message, which has nothing before it to go by."""
        return min(self.min_probability + _FIRST_WORD_MARGIN, _MAX_PROBABILITY)
