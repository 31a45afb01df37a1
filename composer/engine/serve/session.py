"""One conversation, prepared for keystrokes: what starts with the typed text, what holds it, and how it goes on."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from composer.engine.index.names import ValueCompleter
from composer.engine.index.prefixes import LAST
from composer.engine.model.phrase_threshold import PhraseThreshold
from composer.engine.serve.candidates import MIN_SCORE, ScoredText
from composer.engine.serve.completion import Completer
from composer.engine.serve.offers import distinct
from composer.engine.serve.phrase_weights import phrase_weights
from composer.engine.serve.scoring import ScoredCandidates
from composer.engine.serve.state import EngineState
from composer.engine.serve.typed_text import TypedText
from composer.engine.templates import fill
from composer.engine.text.similarity import Bits, signature
from composer.engine.text.tokens import fold, words
from composer.engine.types import MAX_OFFERS, Offer, Offers, SuggestionContext


class RankingSession(ScoredCandidates):
    """A prepared context. Pure and thread-safe: it only caches what it has computed."""

    def __init__(self, engine: EngineState, context: SuggestionContext) -> None:
        super().__init__(engine, context)
        self._config = engine.settings.session
        # For access to single scores, which is several times as fast as in an array of numpy.
        self._score_at = self._scores.data
        self._offers: dict[ScoredText, Offer] = {}
        self._value_completer = ValueCompleter(self.values)
        self._sort()
        self._initial_offers = Offers(tuple(map(self._offer, self.initial)))
        self.completer = self._make_completer()

    def _sort(self) -> None:
        """Sort the best candidates and the agent's own by their folded text."""
        rows: list[tuple[str, int, ScoredText]] = []
        template_of = self.engine.template
        for row, score in zip(self.best.tolist(), self._scores[self.best].tolist(), strict=True):
            text = self._text(row)
            if text:
                template = template_of(row)
                folded = template.folded if text == template.text else fold(text)
                rows.append((folded, row, ScoredText(row, text, score)))
        for own in self.own:
            # Of equal texts the agent's own come first, the last of them before the others.
            order = self.rows.indexed - 1 - own.row
            rows.append((fold(own.text), order, ScoredText(own.row, own.text, own.typed_score)))
        rows.sort()
        self._starts = [start for start, _, _ in rows]
        scores = [scored.score for _, _, scored in rows]
        by_score = sorted(range(len(rows)), key=scores.__getitem__, reverse=True)
        self._by_rank = [rows[position][2] for position in by_score]
        # The rank by score of each text in the order of texts.
        self._ranks = [0] * len(rows)
        for rank, position in enumerate(by_score):
            self._ranks[position] = rank

    def _make_completer(self) -> Completer:
        engine = self.engine
        weights = phrase_weights(engine, self._scores, self.prepared.vector)
        # An agent who types has seen the initial suggestions: what was among them is less likely meant.
        offered = np.array([offer.row for offer in self.initial if offer.row < self.rows.indexed], np.int64)
        templates = self._index.templates_of(offered)
        weights[templates[templates >= 0]] *= np.float32(engine.settings.completion.offered_factor)
        return Completer(engine.completions, weights, self.values, self._context.inserts)

    def suggest(self, query: str) -> Offers:
        """Return offers for the typed text."""
        if not query or query.isspace():
            return self._initial_offers
        if len(query) > self._config.max_query_length or self.completer.is_complete(query):
            return Offers()
        typed = self.completer.typed(query)
        replies = self._replies(query, typed)
        phrase = self._phrase(query, typed)
        return Offers(self._shown(replies), query + phrase if phrase else "")

    def _replies(self, query: str, typed: TypedText) -> list[ScoredText]:
        """Return the replies for typed text, best first, three at most."""
        folded = fold(query)
        if query[-1].isspace():
            folded += " "
        candidates = self._starting(folded)
        if len(candidates) < MAX_OFFERS:
            candidates += self._indexed_starting(folded, self._masked(folded, typed), candidates)
        replies = distinct(candidates, folded, self.engine.settings.matching)
        if not candidates and not replies:
            replies = self._corrected(folded) or self._containing(folded)
        return replies

    def _masked(self, folded: str, typed: TypedText) -> str:
        """Return the folded text with its entities masked, as learned texts have it."""
        masked = fold(self.engine.completions.masked(typed.start) + typed.part)
        return masked + " " if folded[-1] == " " and masked else masked

    def _shown(self, replies: list[ScoredText]) -> tuple[Offer, ...]:
        """Return the offers, the same objects as at the keystroke before where they are the same."""
        offers = self._offers
        shown = []
        for scored in replies:
            offer = offers.get(scored)
            if offer is None:
                if len(offers) >= self._config.cached_offers:
                    offers.clear()
                offer = offers[scored] = self._offer(scored)
            shown.append(offer)
        return tuple(shown)

    def _phrase(self, query: str, typed: TypedText) -> str:
        rest = self._value_completer.completion(query) if self.engine.settings.complete_values else ""
        if self.completer.saves_enough(rest, typed.part):
            return rest
        return self.completer.phrase(typed, self.engine.phrase_threshold)

    def phrases(self, query: str, thresholds: Sequence[PhraseThreshold]) -> list[str]:
        """Return the phrase that each threshold would let through; "" for none."""
        typed = self.completer.typed(query)
        rest = self._value_completer.completion(query)
        if self.completer.saves_enough(rest, typed.part):
            return [rest] * len(thresholds)
        return [self.completer.phrase(typed, threshold) for threshold in thresholds]

    def _starting(self, folded: str) -> list[ScoredText]:
        """Return those of the best candidates that start with the typed text, best first."""
        low = bisect.bisect_left(self._starts, folded)
        high = bisect.bisect_left(self._starts, folded + LAST, low)
        ranks = sorted(self._ranks[low:high])
        return [self._by_rank[rank] for rank in ranks[: self._config.max_weighed]]

    def _text(self, row: int) -> str | None:
        return self.prepared.text(row)

    def _indexed_starting(self, folded: str, masked: str, have: list[ScoredText]) -> list[ScoredText]:
        """Return further candidates of the index that start with the typed text, best first."""
        index = self._index
        parts = [index.prefixes.starting_with(folded)]
        if masked != folded:
            parts.append(index.prefixes.starting_with(masked))
        learned = self.engine.learned_prefixes.starting_with(masked)
        if self.engine.settings.transcripts and len(learned):
            parts.append(learned + index.list_size)
        seen = {scored.row for scored in have}
        candidates = []
        for row in self._highest([part for part in parts if len(part)]):
            if row in seen:
                continue
            seen.add(row)
            text = self._text(row)
            if text is None and row < index.list_size:
                # A variant whose entities were not said: who types its words wants it as it is written.
                text = fill(index.texts[row], self._context.inserts)
                if text is not None and self.prepared.is_wrong_time(text):
                    continue
            if text is not None and fold(text).startswith(folded):
                candidates.append(ScoredText(row, text, float(self._scores[row])))
        return candidates

    def _highest(self, parts: list[npt.NDArray[np.int32]]) -> list[int]:
        """Return the rows with the highest scores. `parts`: rows sorted by their texts."""
        limit = self._config.max_listed
        if sum(map(len, parts)) > self.engine.settings.completion.max_list_votes:
            rows = np.concatenate([part[: self._config.max_starting] for part in parts])
            return list(rows[self._index.best(self._scores[rows], limit)].tolist())
        score = self._score_at
        few = [row for part in parts for row in part.tolist() if score[row] > MIN_SCORE]
        return sorted(few, key=score.__getitem__, reverse=True)[:limit]

    def _corrected(self, folded: str) -> list[ScoredText]:
        """Return what the typed text matches once its unknown words are corrected."""
        corrected = self.engine.corrector.text(folded)
        if corrected == folded:
            return []
        candidates = self._starting(corrected)
        candidates += self._indexed_starting(corrected, corrected, candidates)
        return distinct(candidates, corrected, self.engine.settings.matching) or self._containing(corrected)

    def _containing(self, folded: str) -> list[ScoredText]:
        """Return those of the best candidates that hold all typed words."""
        typed = words(folded)
        if not typed or not len(self.best):
            return []
        bits = signature(typed)
        holds = (self._best_signatures & bits) == bits
        rows = self.best[holds.all(axis=1)][: self._config.max_containing].tolist()
        candidates = [ScoredText(row, text, float(self._scores[row])) for row in rows if (text := self._text(row))]
        return distinct(candidates, folded, self.engine.settings.matching)

    @functools.cached_property
    def _best_signatures(self) -> Bits:
        return self._index.signatures_of(self.best)

    def offered_rows(self, query: str) -> list[int]:
        """Return the rows of the replies that `suggest` returns for the typed text."""
        if not query or query.isspace():
            return [scored.row for scored in self.initial]
        if len(query) > self._config.max_query_length or self.completer.is_complete(query):
            return []
        return [scored.row for scored in self._replies(query, self.completer.typed(query))]

    def _offer(self, scored: ScoredText) -> Offer:
        source, candidate = self.rows.candidate(scored.row)
        entry = source.entry(candidate.id, self.prepared)
        template = entry.text
        if (source.in_index and fill(template, self._context.inserts) != scored.text) or entry.source == "organic":
            template = scored.text
        return Offer(scored.text, template, entry.title, entry.source, entry.key, scored.score)
