"""How likely a phrase must be to be offered: so that seven of ten that a company's agents see are right."""

from __future__ import annotations

from typing import NamedTuple

MORE_AT_FIRST, MOST = 0.05, 0.98
# What fits most companies, before there is anything to fit it on.
USUAL, USUAL_PATIENCE, USUAL_DOUBT = 0.7, 0.9, 0.7


class PhraseThreshold(NamedTuple):
    """The least chance of a phrase at the first word, which says little yet, and later.

    `patience`: what remains of a chance with each further word. Whoever still types means nothing of what was
    offered, so words go on as before less often than past messages say. `doubt`: how many equal votes are believed
    half.
    """

    first: float
    later: float
    patience: float
    doubt: float

    @staticmethod
    def of(later: float = USUAL, patience: float = USUAL_PATIENCE, doubt: float = USUAL_DOUBT) -> PhraseThreshold:
        return PhraseThreshold(min(later + MORE_AT_FIRST, MOST), later, patience, doubt)
