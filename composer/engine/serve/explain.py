"""Why a response is offered or not, and what its score is made of. Everything is computed on demand.

A page "why this, why not that" reads what is here: `explained` for the offers of a query, `explain` for any response.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

import numpy as np

from composer.engine.serve import reranker
from composer.engine.serve.candidates import MIN_SCORE, ONLY_TYPED, Candidate
from composer.engine.serve.context import PreparedContext
from composer.engine.serve.diversify import Diversifier
from composer.engine.serve.offers import are_near, word_set
from composer.engine.serve.session import RankingSession
from composer.engine.store.bags import Floats
from composer.engine.text.tokens import fold, words
from composer.engine.types import FeatureShare, Offers, ScoreParts

Outcome = Literal[
    "offered",
    "unknown",  # neither in a list nor learned
    "filter",  # a filter does not match the conversation
    "switched_off",  # learned, and the company does not offer what was learned
    "missing_insert",  # an insert has no value in this conversation
    "missing_slot",  # nothing said in the conversation fills a slot
    "day_part",  # wishes a good morning at another time of the day
    "in_list",  # learned, and an entry of the list stands for it
    "no_match",  # does not go with the typed text
    "query_too_long",
    "message_complete",  # the last sentence of a long message is typed
    "too_late",  # a greeting after the first turns, or "How can I help?" after the question
    "said_before",  # the agent has sent it, and it is not likely to be sent again
    "unsupported",  # nothing in the conversation speaks for it, and it has not been typed
    "low_slot_confidence",  # its slots would probably be filled wrongly
    "near_duplicate",  # an offer says nearly the same
    "unlikely",  # the probability that it adds is too low
    "outranked",  # others have higher scores
]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of a response. `candidate`, `parts`: None for an unknown one. `rank`: among the offers, from 1."""

    outcome: Outcome
    candidate: Candidate | None = None
    parts: ScoreParts | None = None
    rank: int | None = None


def explained(session: RankingSession, query: str) -> Offers:
    """Return the offers for the typed text with their parts."""
    offers = session.suggest(query)
    explainer = Explainer(session)
    replies = [
        dataclasses.replace(offer, parts=explainer.parts(row, query))
        for offer, row in zip(offers.replies, session.offered_rows(query), strict=True)
    ]
    return dataclasses.replace(offers, replies=tuple(replies))


def explain(session: RankingSession, response: str | Candidate, query: str = "") -> Explanation:
    """Return why a response is offered for the typed text, or why not.

    `response`: a candidate, or a text as a list has it or as it would be sent.
    """
    explainer = Explainer(session)
    row = explainer.row_of(response, query) if isinstance(response, str) else session.rows.row(response)
    if row is None:
        return Explanation("unknown")
    candidate = session.rows.candidate(row)[1]
    parts = explainer.parts(row, query)
    offered = session.offered_rows(query)
    if row in offered:
        return Explanation("offered", candidate, parts, offered.index(row) + 1)
    return Explanation(explainer.reason_against(row, parts, query), candidate, parts)


class Explainer:
    """Explains candidates of one session. Scores the context again: sessions keep no parts."""

    def __init__(self, session: RankingSession) -> None:
        self._session, self._engine = session, session.engine
        # With the scores of the first stage; those of the session are the re-ranker's where it has any.
        self._first = PreparedContext(session.engine, session.prepared.context)
        self._stage, self._lexical = self._first.score()

    def row_of(self, text: str, query: str) -> int | None:
        """Return the row of a response by its text, None for an unknown one. Offers come before others that read so."""
        folded = fold(text)
        for row, offer in zip(self._session.offered_rows(query), self._session.suggest(query).replies, strict=True):
            if folded in (fold(offer.text), fold(offer.template)):
                return row
        for row in self._session.rows.own_rows():
            source, candidate = self._session.rows.candidate(row)
            entry, filled = source.entry(candidate.id, self._first), source.text(candidate.id, self._first)
            if folded in (fold(entry.text), fold(filled or "")):
                return row
        index = self._engine.index
        for row in index.prefixes.starting_with(folded).tolist():
            if folded in (fold(index.texts[row]), fold(index.template(row))):
                return int(row)
        masked = fold(self._engine.completions.masked(text))
        template = self._engine.model.number_of.get(masked)
        if template is not None:
            [row, *_] = index.entries_of.get(template, [index.list_size + template])
            return row
        return None

    def parts(self, row: int, query: str) -> ScoreParts:
        """Return what the score of a candidate is made of, for the empty composer or for typed text."""
        source, candidate = self._session.rows.candidate(row)
        parts = source.explain(candidate.id, self._first)
        if not source.in_index:
            return parts
        shares = dict(parts.first_stage)
        if not query.strip() and self._lexical is not None:
            self._as_initial(shares, float(self._lexical[row]))
        score = float(self._session.prepared.scores[row])
        return dataclasses.replace(parts, score=score, first_stage=shares, reranker=self._reranker_shares(row))

    def _as_initial(self, shares: dict[str, FeatureShare], lexical: float) -> None:
        """Change the shares that count differently at the empty composer."""
        index = self._engine.index
        if index.lexical_weight:
            shares["lexical"] = FeatureShare(lexical / index.lexical_weight, index.lexical_weight)
        if index.ordered:
            order = shares["list_order"]
            shares["list_order"] = FeatureShare(order.value, index.config.list_order_weight_initial)

    def _reranker_shares(self, row: int) -> dict[str, FeatureShare]:
        """Return the shares of the re-ranker's features; empty for a candidate that it did not score."""
        network = self._engine.model.reranker
        if network is None:
            return {}
        settings = self._engine.settings
        rows = self._engine.index.best(self._stage.total, settings.session.best)[: settings.reranking.candidates]
        [*position] = np.flatnonzero(rows == row).tolist()
        if not position:
            return {}
        batch = reranker.RerankBatch(self._engine.index, rows, self._stage, self._first.turns, settings.reranking)
        return reranker.explain(network, batch, position[0])

    def reason_against(self, row: int, parts: ScoreParts, query: str) -> Outcome:
        """Return why a candidate is not offered: what excludes it first, then what outranks it."""
        missing = self._missing(row, parts)
        if missing is not None:
            return missing
        source, candidate = self._session.rows.candidate(row)
        text = source.text(candidate.id, self._first) or ""
        if query.strip():
            return self._against_typed(text, query)
        return self._against_initial(row, text)

    def _missing(self, row: int, parts: ScoreParts) -> Outcome | None:
        """Return what keeps a candidate from being offered at all in this conversation."""
        source, candidate = self._session.rows.candidate(row)
        if not all(check.matches for check in parts.filters.values()):
            return "filter"
        if source.in_index and self._first.scores[row] < MIN_SCORE:
            return "in_list" if self._engine.settings.transcripts else "switched_off"
        if parts.missing_inserts:
            return "missing_insert"
        if parts.missing_slots:
            return "missing_slot"
        return "day_part" if source.text(candidate.id, self._first) is None else None

    def _against_typed(self, text: str, query: str) -> Outcome:
        if len(query) > self._engine.settings.session.max_query_length:
            return "query_too_long"
        if self._session.completer.is_complete(query):
            return "message_complete"
        folded = fold(query)
        holds = set(words(folded)) <= word_set(text)
        corrected = self._engine.corrector.text(folded)
        if not fold(text).startswith((folded, corrected)) and not holds:
            return "no_match"
        return "near_duplicate" if self._is_near_offer(text, query) else "outranked"

    def _against_initial(self, row: int, text: str) -> Outcome:
        session, config = self._session, self._engine.settings.diversifier
        diversifier = Diversifier(session.prepared, session.best, self._lexical, session.own)
        if not diversifier.suits_stage(text):
            return "too_late"
        own = {candidate.row: candidate.initial_score for candidate in session.own}
        if row in own:
            if diversifier.was_said(text):
                return "said_before"
            return "unsupported" if own[row] == ONLY_TYPED else "outranked"
        choice = diversifier.choice()
        [*position] = np.flatnonzero(choice.rows == row).tolist()
        if not position:
            return "outranked"
        if choice.confidence[position[0]] < config.min_slot_confidence:
            return "low_slot_confidence"
        if not choice.allowed[position[0]]:
            return "said_before" if diversifier.was_said(text) else "unsupported"
        if self._is_near_offer(text, ""):
            return "near_duplicate"
        return "unlikely" if self._probability(choice.scores, position[0]) < diversifier.min_gain else "outranked"

    @staticmethod
    def _probability(scores: Floats, position: int) -> float:
        weights = np.exp(scores - scores.max())
        return float(weights[position] / weights.sum())

    def _is_near_offer(self, text: str, query: str) -> bool:
        """Return whether one of the offers says nearly the same."""
        near = self._engine.settings.matching.near_duplicate
        replies = self._session.suggest(query).replies
        return any(are_near(word_set(text), word_set(offer.text), near) for offer in replies)
