"""One conversation made ready: scores of all candidates, the best ones filled in, and what to do with typed text."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from composer.engine.index.names import ValueCompleter
from composer.engine.index.prefixes import LAST
from composer.engine.model.phrase_threshold import PhraseThreshold
from composer.engine.serve.candidates import OUT_OF_QUESTION
from composer.engine.serve.completion import Completer, Typed, is_complete, saves_enough
from composer.engine.serve.offers import ScoredText, distinct
from composer.engine.serve.phrase_votes import FEW
from composer.engine.serve.scoring import ScoredCandidates
from composer.engine.serve.state import EngineState
from composer.engine.templates import fill
from composer.engine.text.similarity import Bits, signature
from composer.engine.text.tokens import fold, words
from composer.engine.types import MAX_OFFERS, Offer, Offers, Source, SuggestionContext

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


# Past many positions so many of the best texts of the phrase index vote alone.
LOCAL = 200
LONGEST_QUERY = 400
# Of responses that start with the typed text, so many are weighed; a text that fits more says too little.
MOST_STARTING, MOST_LISTED = 1500, 8

# Of the scene's best that start with the typed text, as many as three different ones may be among.
MOST_WEIGHED = 10
# What a text that was offered at the empty composer weighs in phrases, beside one that was not.
PASSED_OVER = 0.1
# Offers kept ready to be shown again at the next keystroke.
MOST_MADE = 200


class RankingSession(ScoredCandidates):
    """A scene ready to be typed to. Pure and safe to share between threads."""

    def __init__(self, engine: EngineState, scene: SuggestionContext) -> None:
        super().__init__(engine, scene)
        self._score_of = self._scores.data
        self._made: dict[ScoredText, Offer] = {}
        self._names = ValueCompleter(self.values)
        self._sort()
        self._empty = Offers(tuple(self._offer(one, "context") for one in self._unprompted))
        self._completer = self._completions(self._unprompted)

    def _sort(self) -> None:
        """The scene's best, by how they start."""
        rows = []
        template_of = self._engine.template
        for number, score in zip(self._best.tolist(), self._scores[self._best].tolist(), strict=True):
            text = self._text(number)
            if text:
                template = template_of(number)
                rows.append((template.folded if text == template.text else fold(text), ScoredText(number, text, score)))
        for own in self._customs:
            rows.append((fold(own.text), ScoredText(-1 - own.place, own.text, self._score(-1 - own.place))))
        rows.sort()
        self._starts = [start for start, _ in rows]
        scores = [ready.score for _, ready in rows]
        order = sorted(range(len(rows)), key=scores.__getitem__, reverse=True)
        self._best_rows = [rows[row][1] for row in order]
        self._places = [0] * len(rows)
        for place, row in enumerate(order):
            self._places[row] = place

    def _completions(self, passed: Sequence[ScoredText]) -> Completer:
        engine, pool = self._engine, self._pool
        index, model = engine.model.phrases, engine.model
        learned = self._scores[pool.listed :]
        fragments = len(index.starts) - 1 - len(model.fragments)
        scores = np.full(len(index.starts) - 1, float(self._scores.max(initial=0.0)) - 7.0, np.float32)
        if model.trained and engine.settings.transcripts:
            # What the list says too has its score there, out of the way; as a phrase it counts as learned.
            scores[: len(learned)] = np.where(learned < -1e5, learned + 1e6, learned)
            scores[fragments:] = pool.fragment_scores(self._vector)
        weights = np.exp((scores - scores.max(initial=0.0)) * np.float32(engine.settings.sharpness))
        if not engine.settings.transcripts:
            weights[: len(learned)] = 0
            weights[fragments:] = 0
        # Whoever types has seen what was offered before: it is less likely what is meant.
        known = self._pool.templates_of(np.array([one.number for one in passed if one.number >= 0], np.int64))
        weights[known[known >= 0]] *= np.float32(PASSED_OVER)
        best = np.argpartition(weights, max(0, len(scores) - LOCAL))[-LOCAL:] if len(scores) else np.zeros(0, np.int64)
        parts = [index.places[start:end] for start, end in zip(index.starts[best], index.starts[best + 1], strict=True)]
        local = np.concatenate(parts) if parts else index.places[:0]
        return Completer(engine.completions, weights, local, self.values, self._scene.inserts)

    def suggest(self, query: str) -> Offers:
        """Offers for the typed text."""
        if not query or query.isspace():
            return self._empty
        if len(query) > LONGEST_QUERY or is_complete(query):
            return Offers()
        folded = fold(query)
        if query[-1].isspace():
            folded += " "
        found = self._starting(folded)
        typed = self._completer.typed(query)
        if len(found) < MAX_OFFERS:
            found += self._listed_starting(folded, self._slotted(folded, typed), found)
        replies = distinct(found, folded)
        if not found and not replies:
            replies = self._misspelt(folded) or self._holding(folded)
        phrase = self._phrase(query, typed)
        return Offers(self._shown(replies), query + phrase if phrase else "")

    def _slotted(self, folded: str, typed: Typed) -> str:
        """The folded text with its facts masked, as the index of what was learned has it."""
        slotted = fold(self._engine.completions.masked(typed.start) + typed.part)
        return slotted + " " if folded[-1] == " " and slotted else slotted

    def _shown(self, replies: list[ScoredText]) -> tuple[Offer, ...]:
        made = self._made
        shown = []
        for one in replies:
            offer = made.get(one)
            if offer is None:
                if len(made) >= MOST_MADE:
                    made.clear()
                offer = made[one] = self._offer(one, "typed")
            shown.append(offer)
        return tuple(shown)

    def _phrase(self, query: str, typed: Typed) -> str:
        found = self._names.completion(query) if self._engine.settings.names else ""
        return found if saves_enough(found, typed.part) else self._completer.phrase(typed, self._engine.caution)

    def phrases(self, query: str, cautions: Sequence[PhraseThreshold]) -> list[str]:
        """What would be offered as a phrase with more or less caution; "" for nothing."""
        typed = self._completer.typed(query)
        found = self._names.completion(query)
        if saves_enough(found, typed.part):
            return [found] * len(cautions)
        return [self._completer.phrase(typed, caution) for caution in cautions]

    def _starting(self, folded: str) -> list[ScoredText]:
        """Of the scene's best, those that start with the typed text, best first."""
        low = bisect.bisect_left(self._starts, folded)
        high = bisect.bisect_left(self._starts, folded + LAST, low)
        best = sorted(self._places[low:high])
        return [self._best_rows[place] for place in best[:MOST_WEIGHED]]

    def _score(self, number: int) -> float:
        if number >= 0:
            return float(self._scores[number])
        return self._own_scores[-1 - number] if self._own[-1 - number].source == "organic" else 50.0

    def _listed_starting(self, folded: str, slotted: str, have: list[ScoredText]) -> list[ScoredText]:
        """All others that start with the typed text, by their score in this conversation."""
        pool = self._pool
        parts = [pool.prefixes.starting_with(folded)]
        if slotted != folded:
            parts.append(pool.prefixes.starting_with(slotted))
        learned = self._engine.learned_prefixes.starting_with(slotted)
        if self._engine.settings.transcripts and len(learned):
            parts.append(learned + pool.listed)
        known = {one.number for one in have}
        found = []
        for number in self._highest([part for part in parts if len(part)]):
            if number in known:
                continue
            known.add(number)
            text = self._text(number)
            if text is None and number < pool.listed:
                text = fill(pool.texts[number], self._scene.inserts)
                if text is not None and self._wrong_time(text):
                    continue
            if text is not None and fold(text).startswith(folded):
                found.append(ScoredText(number, text, self._score(number)))
        return found

    def _highest(self, parts: list[npt.NDArray[np.int32]]) -> list[int]:
        """The candidates with the highest scores of some sorted by their texts."""
        if sum(map(len, parts)) > FEW:
            many = np.concatenate([part[:MOST_STARTING] for part in parts])
            return list(many[self._pool.best(self._scores[many], MOST_LISTED)].tolist())
        score = self._score_of
        numbers = [number for part in parts for number in part.tolist() if score[number] > OUT_OF_QUESTION]
        return sorted(numbers, key=score.__getitem__, reverse=True)[:MOST_LISTED]

    def _misspelt(self, folded: str) -> list[ScoredText]:
        """What the typed text finds with its unknown words corrected."""
        corrected = self._engine.corrector.text(folded)
        if corrected == folded:
            return []
        found = self._starting(corrected)
        found += self._listed_starting(corrected, corrected, found)
        return distinct(found, corrected) or self._holding(corrected)

    def _holding(self, folded: str) -> list[ScoredText]:
        """Of the scene's best, those that hold all the typed words."""
        typed = words(folded)
        if not typed or not len(self._best):
            return []
        bits = signature(typed)
        held = (self._best_signatures & bits) == bits
        numbers = self._best[held.all(axis=1)][:6]
        ready = [ScoredText(n, text, self._score(n)) for n in numbers.tolist() if (text := self._text(n))]
        return distinct(ready, folded)

    @functools.cached_property
    def _best_signatures(self) -> Bits:
        return self._pool.signatures_of(self._best)

    def _offer(self, one: ScoredText, kind: str) -> Offer:
        pool = self._pool
        if one.number < 0:
            entry = self._own[-1 - one.number]
            template = one.text if entry.source == "organic" else entry.text
            return Offer(one.text, template, entry.title, entry.source, entry.key, one.score, {kind: one.score})
        if one.number < pool.listed:
            template = pool.texts[one.number]
            if fill(template, self._scene.inserts) != one.text:
                template = one.text
            return Offer(
                one.text,
                template,
                pool.titles[one.number],
                "global",
                pool.keys[one.number],
                one.score,
                self._parts(one, kind),
            )
        source: Source = "organic" if one.number - pool.listed in self._habits else "company"
        return Offer(one.text, one.text, "", source, "", one.score, self._parts(one, kind))

    def _parts(self, one: ScoredText, kind: str) -> dict[str, float]:
        prior = float(self._pool.prior[one.number])
        return {kind: one.score, "popularity": prior, "context": float(self._scores[one.number]) - prior}
