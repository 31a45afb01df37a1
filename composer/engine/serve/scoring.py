"""One conversation with the scores of all candidates, and what is offered before anything is typed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from composer.engine.model.reranker import Reranker
from composer.engine.serve import stages
from composer.engine.serve.candidates import StageScores
from composer.engine.serve.diversify import Diversifier, OwnCandidate
from composer.engine.serve.reranker import CANDIDATES, ranked
from composer.engine.serve.state import EngineState
from composer.engine.templates import fill
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.templates import Values, filled
from composer.engine.text.tokens import fold
from composer.engine.types import Entry, SuggestionContext

# So many of the best candidates of a scene are filled in.
TOP = 200
# Of a longer message the rest tells nothing more, and would take its time at every preparation.
LONGEST_TURN = 4000


class ScoredCandidates:
    """A scene with its scores. Pure and safe to share between threads."""

    def __init__(self, engine: EngineState, scene: SuggestionContext) -> None:
        model, pool = engine.model, engine.pool
        self._engine, self._pool, self._scene = engine, pool, scene
        names = scene.customer_name, scene.agent_name
        turns = [model.said(turn.role, turn.text[:LONGEST_TURN], *names) for turn in stages.unanswered(scene.turns)]
        company = {fold(scene.company), fold(scene.company_name)}
        self.values = Values.of(turns, *names, model.usual, company)
        self._vector = model.context_vector(turns, scene.queue, scene.agent)
        evidence = pool.evidence(self._vector, scene.agent)
        self._scores = evidence.scores
        self._asked = pool.overlap.asked(turns) if pool.overlap is not None else {}
        asks = any(turn.role == "customer" and stages.says_something(turn.text) for turn in turns)
        common = pool.common(self._asked)
        if common is not None:
            self._scores += np.float32(pool.common_when_typed) * common
        habits, _ = model.habits(scene.agent)
        recent = engine.recent.of(scene.recent, scene.agent_name)
        self._scores[recent.numbers] += recent.gains
        if not engine.settings.transcripts:
            # The agent's own habits are the agent's, whatever the company's switch says.
            own = self._scores[pool.listed + habits]
            self._scores[pool.listed :] = -1e6
            self._scores[pool.listed + habits] = own
        refused = pool.forbidden(scene.metadata)
        if refused is not None:
            self._scores[: pool.listed][refused] = -1e9
        self._habits = frozenset(habits.tolist())
        # The agent's own list, then the agent's newest habits: candidates with numbers below 0.
        self._own = (*scene.customs, *recent.new)
        self._customs = self._own_entries()
        self._own_scores = {one.place: one.score for one in self._customs}
        self._best = pool.best(self._scores, TOP)
        if model.second is not None and len(self._best):
            self._rank_again(model.second, evidence, turns)
        self._ready: dict[int, str | None] = {}
        spoken = [model.said("agent", turn.text[:LONGEST_TURN], *names) for turn in scene.turns if turn.role == "agent"]
        # What chose them is not kept: it and the scene would hold each other in memory, and a number per candidate.
        self._unprompted = Diversifier(
            engine, scene, self.values, self._scores, self._best, common, spoken, self._text, self._customs, asks
        ).offers()

    def _own_entries(self) -> list[OwnCandidate]:
        """Entries of the agent's own list and new habits, filled in."""
        found = []
        used = {fold(one.text) for one in self._scene.recent if one.weight > 0}
        for place, entry in enumerate(self._own):
            if any(self._scene.metadata.get(name) not in values for name, values in entry.filters):
                continue
            organic = entry.source == "organic"
            text = filled(entry.text, self.values) if organic else fill(entry.text, self._scene.inserts)
            if text:
                fit = self._fit(entry)
                # Without a list there is nothing to compare words with.
                compared = self._engine.model.trained or self._pool.listed > 0
                has_reason = organic or not compared or fit > 0 or fold(text) in used
                score = fit + (0.0 if organic else self._pool.weights.custom)
                found.append(OwnCandidate(place, text, score, has_reason))
        return found

    def _fit(self, entry: Entry) -> float:
        """How well an entry that is not of the pool goes with the conversation."""
        fit = float(self._engine.own(entry) @ self._vector) if self._engine.model.trained else 0.0
        return fit + self._pool.in_common(self._asked, entry)

    def _rank_again(self, second: Reranker, evidence: StageScores, turns: Sequence[AnalysedTurn]) -> None:
        """The first of the best by what is known of each beside the others."""
        again = self._best[:CANDIDATES]
        self._scores[again] = ranked(second, self._pool, again, evidence, turns)
        self._best = self._best[np.argsort(-self._scores[self._best], kind="stable")]

    def _text(self, number: int) -> str | None:
        """The candidate's text in this conversation, or None when something to say is missing."""
        template = self._engine.template(number)
        if template.plain:
            return template.text
        ready = self._ready
        if number in ready:
            return ready[number]
        text = template.filled(self.values)
        if text is None and number < self._pool.listed and template.has_numbers_alone:
            # The company's own numbers, where nobody has said others that belong there.
            text = self._pool.texts[number]
        if text is not None and number < self._pool.listed:
            text = fill(text, self._scene.inserts)
        if text is not None and "ood" in text and self._wrong_time(text):
            text = None
        ready[number] = text
        return text

    def _wrong_time(self, text: str) -> bool:
        part = self._scene.day_part
        if not part:
            return False
        folded = text.casefold()
        return any(f"good {other}" in folded for other in ("morning", "afternoon", "evening") if other != part)
