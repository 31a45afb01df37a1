"""Initial suggestions: three offers for the empty composer that together most likely hold what will be said.

The choice is greedy and works like maximal marginal relevance (Carbonell and Goldstein 1998). A part of each
candidate's probability goes to its very words, the rest to all candidates that say the same; once a meaning is chosen,
its probability is spent. So three ways to ask one thing do not fill the list while another thing may be meant.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from composer.engine.serve.candidates import ONLY_TYPED, OwnCandidate, Rows, ScoredText
from composer.engine.serve.context import PreparedContext
from composer.engine.serve.offers import repeats, sentences
from composer.engine.serve.settings import DiversifierConfig, Settings
from composer.engine.serve.stages import greets, has_greeted, offers_help
from composer.engine.store.bags import Floats
from composer.engine.templates import fill
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.similarity import containment, signatures, word_f1
from composer.engine.text.tokens import fold
from composer.engine.types import MAX_OFFERS


class Choice(NamedTuple):
    """What is chosen from, best first.

    `texts`: None where a value is missing. `confidence`: probability that the slots are filled rightly, softened.
    `allowed`: whether it may be offered. `similarity`: word F1, `candidates x candidates`.
    """

    rows: Rows
    texts: Sequence[str | None]
    scores: Floats
    confidence: Floats
    allowed: npt.NDArray[np.bool_]
    similarity: Floats


def softmax(scores: Floats, softness: float) -> Floats:
    """Return probabilities proportional to exp(softness x score); a softness below 1 makes them more alike."""
    weights = np.exp((scores - scores.max()) * np.float32(softness))
    return np.asarray(weights / weights.sum(), np.float32)


@dataclass
class Diversifier:
    """Chooses the initial suggestions of one context.

    `best`: rows of the index with the highest scores, highest first. `lexical`: lexical score of every row, None where
    lexical match does not count. `own`: candidates of the sources outside of the index.
    """

    prepared: PreparedContext
    best: Rows
    lexical: Floats | None
    own: Sequence[OwnCandidate]

    def __post_init__(self) -> None:
        self.engine, self.scores = self.prepared.engine, self.prepared.scores

    @property
    def settings(self) -> Settings:
        return self.engine.settings

    @property
    def config(self) -> DiversifierConfig:
        return self.engine.settings.diversifier

    def offers(self) -> list[ScoredText]:
        """Return at most MAX_OFFERS candidates, best first; fewer where too little speaks for the rest."""
        offers = self._indexed_offers()
        texts = {fold(offer.text) for offer in offers}
        own = [each for each in self.own if each.initial_score > ONLY_TYPED and fold(each.text) not in texts]
        own = [each for each in own if self.suits_stage(each.text) and not self.was_said(each.text)]
        for candidate in sorted(own, key=lambda each: -each.initial_score)[:MAX_OFFERS]:
            offers.append(ScoredText(candidate.row, candidate.text, self._gain_of(candidate.initial_score)))
        return sorted(offers, key=lambda offer: -offer.score)[:MAX_OFFERS]

    def suits_stage(self, text: str) -> bool:
        """Return whether it is not too late for the text: a greeting, or "How can I help?" after the question."""
        if self._has_greeted and greets(text):
            return False
        return self.engine.model.trained or not self.prepared.asks or not offers_help(text)

    def was_said(self, text: str) -> bool:
        """Return whether the agent said the same with the same values, as a message or inside of longer ones."""
        return repeats(text, [turn.text for turn in self._latest], self.settings.matching)

    @functools.cached_property
    def _spoken(self) -> list[AnalysedTurn]:
        return self.prepared.agent_messages()

    @functools.cached_property
    def _latest(self) -> Sequence[AnalysedTurn]:
        """The agent's messages that are not offered again, unless they are likely."""
        return self._spoken[-self.config.max_own_turns :]

    @functools.cached_property
    def _has_greeted(self) -> bool:
        return has_greeted(self.prepared.context.turns)

    @property
    def _min_probability_again(self) -> float:
        """The probability from which a message is offered again. Few messages do not teach which are."""
        enough = self.engine.model.messages >= self.config.min_messages_again
        return self.config.min_probability_again if enough else math.inf

    @property
    def min_gain(self) -> float:
        """The gain below which a candidate is not offered.

        0 until the customer has said what they want, because nothing says yet which reply is out of place; and before
        the first training, when a score is no probability (see `_is_supported`).
        """
        return self.config.min_probability if self.prepared.asks and self.engine.model.trained else 0.0

    def _indexed_offers(self) -> list[ScoredText]:
        """Choose greedily from the index by gain: the probability that the candidate adds to those chosen."""
        choice = self.choice()
        if not len(choice.rows):
            return []
        config, diversify = self.config, self.settings.diversify
        exact = softmax(choice.scores, 1.0) * (choice.confidence if diversify else 1.0)
        # Scores are overconfident: the probability of meanings is spread wider.
        left = softmax(choice.scores, self._softness)
        similar = (choice.similarity >= config.same_meaning).astype(np.float32)
        near_duplicate, min_gain = self.settings.matching.near_duplicate, self.min_gain
        allowed = choice.allowed.copy()
        offers: list[ScoredText] = []
        for _ in range(MAX_OFFERS):
            gain = config.exact_share * exact + (1 - config.exact_share) * (similar @ left) if diversify else exact
            gain = np.where(allowed, gain, -1.0)
            position = int(gain.argmax())
            text = choice.texts[position]
            if not allowed[position] or gain[position] < min_gain or text is None:
                break
            offers.append(ScoredText(int(choice.rows[position]), text, float(gain[position])))
            left = left * (1 - similar[position])
            allowed &= choice.similarity[position] < near_duplicate
            allowed[position] = False
        return offers

    def choice(self) -> Choice:
        """Return the candidates with the highest initial scores, and the variants that fit the conversation."""
        index, config = self.engine.index, self.config
        rows, scores = self.ranked
        texts = [self.prepared.text(row) for row in rows.tolist()]
        fit = list(map(self._slot_confidence, rows.tolist()))
        confidence = index.slot_confidence[rows] * np.array(fit, np.float32)
        variants = self._fitting_variants(rows, scores)
        if variants:
            rows = np.append(rows, [row for row, _, _ in variants])
            texts += [text for _, text, _ in variants]
            scores = np.append(scores, np.array([score for _, _, score in variants], np.float32))
            confidence = np.append(confidence, np.ones(len(variants), np.float32))
        confidence = confidence**config.slot_confidence_power
        allowed = np.array([text is not None and self.suits_stage(text) for text in texts], bool)
        allowed &= (confidence >= config.min_slot_confidence) & self._is_supported(rows)
        bits = index.signatures_of(rows)
        if self._spoken:
            unlikely = softmax(scores, 1.0) < self._min_probability_again
            for position in np.flatnonzero(allowed & unlikely & self._looks_said(bits)).tolist():
                allowed[position] = not self.was_said(texts[position] or "")
        return Choice(rows, texts, scores, confidence, allowed, word_f1(bits, bits))

    def _looks_said(self, bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        """Return which candidates may repeat the agent: a fast test before words are compared one by one."""
        match = self.settings.matching
        said = signatures([turn.folded for turn in self._latest])
        looks_said = word_f1(bits, said).max(axis=1) >= match.near_duplicate
        parts = [part for turn in self._latest for part in sentences(turn.folded)]
        if parts:
            looks_said |= containment(bits, signatures(parts)).max(axis=1) >= match.min_containment
        return np.asarray(looks_said, bool)

    def _slot_confidence(self, row: int) -> float:
        template = self.engine.template(row)
        confidence = template.slot_confidence(self.prepared.values)
        if not confidence and row < self.engine.index.list_size and template.has_numbers_alone:
            return 1.0  # the company's own numbers
        return confidence

    def _is_supported(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Before the first training, only words in common speak for an answer to what the customer has said."""
        if self.engine.model.trained or self.lexical is None or not self.prepared.asks:
            return np.ones(len(rows), bool)
        return np.asarray(self.lexical[rows] > 0, bool)

    @functools.cached_property
    def ranked(self) -> tuple[Rows, Floats]:
        """The rows with the highest initial scores, highest first, and these scores."""
        limit = self.config.candidates
        if self.lexical is None:
            return self.best[:limit], self.scores[self.best[:limit]]
        index, stage = self.engine.index, self.engine.first_stage
        scores = stage.initial_scores(self.scores, self.lexical)
        best = index.best(scores, limit)
        if self._spoken and len(best):
            # A message has all words in common with itself, which is no reason to send it again.
            spoken = signatures([turn.folded for turn in self._spoken])
            similarity = word_f1(index.signatures_of(best), spoken).max(axis=1)
            said = best[similarity >= self.settings.matching.near_duplicate]
            scores[said] = self.scores[said] - np.float32(stage.typed_share) * self.lexical[said]
            best = best[np.argsort(-scores[best], kind="stable")]
        return best, scores[best]

    def _fitting_variants(self, rows: Rows, scores: Floats) -> list[tuple[int, str, float]]:
        """Return variants of the candidates whose entities were said: row, text and score of each."""
        if not self.settings.variants:
            return []
        index, config = self.engine.index, self.config
        variants = []
        said = {fold(value.text) for values in self.prepared.values.by_kind.values() for value in values}
        for row, score in zip(rows[: config.max_with_variants].tolist(), scores.tolist(), strict=False):
            if row in index.variants.groups:
                # The score counts the fill rate of the template; a variant is written out and fills nothing.
                unfilled = self.engine.first_stage.weights["fill_rate"] * float(index.log_fill_rates[row])
                for variant, probability in index.variants.fitting(row, said, config.max_variants):
                    text = fill(index.texts[variant], self.prepared.context.inserts)
                    if text is not None and text != self.prepared.text(row):
                        variants.append((variant, text, score - unfilled + float(np.log(probability))))
        return variants

    @property
    def _softness(self) -> float:
        return self.config.softness if self.engine.model.reranker is None else self.config.softness_reranked

    def _gain_of(self, score: float) -> float:
        """Return the gain of a candidate outside of the index that says the same as none of the others."""
        scores = np.append(self.ranked[1], np.float32(score))
        exact, spread = (float(softmax(scores, softness)[-1]) for softness in (1.0, self._softness))
        share = self.config.exact_share
        return share * exact + (1 - share) * spread if self.settings.diversify else exact
