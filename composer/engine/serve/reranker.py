"""What the second ranking knows of each candidate of a scene, and the new scores it gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from composer.engine.model.reranker import Reranker
from composer.engine.serve.candidates import CandidateIndex, StageScores
from composer.engine.store.bags import Floats
from composer.engine.text.entities import SLOT
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.similarity import alike, signatures

Numbers = npt.NDArray[np.int64]

CANDIDATES = 40
# Own messages that are looked at, the latest; share of words in common that makes two candidates say the same.
LATEST, SAME = 8, 0.6
# A chance below this is as good as none.
LEAST = 1e-9


def ranked(
    second: Reranker, pool: CandidateIndex, best: Numbers, evidence: StageScores, turns: Sequence[AnalysedTurn]
) -> Floats:
    """New scores of the candidates, on the whole as high as those they had."""
    before = evidence.scores[best]
    after = second.scores(feature_matrix(pool, best, evidence, turns))
    return np.asarray(after + (_sum_of(before) - _sum_of(after)), np.float32)


def feature_matrix(pool: CandidateIndex, best: Numbers, evidence: StageScores, turns: Sequence[AnalysedTurn]) -> Floats:
    """What is known of each candidate, best first: `candidates x signs`."""
    first = evidence.scores[best]
    first = first - first.max()
    chance = np.exp(first)
    texts = [pool.template(number) for number in best.tolist()]
    own = [turn.folded for turn in turns if turn.role == "agent"]
    bits = pool.signatures_of(best)
    close = alike(bits, bits) >= SAME
    # A text without words is like none, but for itself.
    np.fill_diagonal(close, True)
    repeats = alike(bits, signatures(own[-LATEST:])) if own else np.zeros((len(best), 1), np.float32)
    softer = np.sqrt(chance)
    products = evidence.products[best]
    answering = bool(turns) and turns[-1].role != "agent"
    scene = np.log(chance.sum()), evidence.votes.max(initial=0.0), np.log1p(len(own)), answering
    return np.stack(
        [
            first,
            np.log1p(np.arange(len(best))),
            chance / chance.sum(),
            products,
            pool.popularity[best],
            pool.filling[best],
            evidence.votes[best],
            evidence.habits[best],
            repeats[:, -1],
            repeats.max(axis=1),
            # What may be meant, said in these and in other words.
            np.log(np.maximum(close @ chance / chance.sum(), LEAST)),
            np.log(np.maximum(close @ softer / softer.sum(), LEAST)),
            np.tril(close, -1).sum(axis=1),
            [len(SLOT.findall(text)) for text in texts],
            ["?" in text for text in texts],
            *(np.full(len(best), sign, np.float32) for sign in scene),
        ],
        axis=1,
        dtype=np.float32,
        casting="unsafe",
    )


def _sum_of(scores: Floats) -> float:
    """The logarithm of the sum of what the scores are logarithms of."""
    highest = float(scores.max())
    return highest + float(np.log(np.exp(scores - highest).sum()))
