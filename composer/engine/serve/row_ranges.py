"""The rows of a session: which candidate each stands for."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator

from composer.engine.serve.candidates import Candidate, OwnCandidate, Scores
from composer.engine.serve.context import PreparedContext
from composer.engine.serve.sources import SOURCES, CandidateSource


class RowRanges:
    """The rows of a session: the index first, then a range for each source outside of it.

    `sources`: the registered ones by default.
    """

    def __init__(self, context: PreparedContext, sources: Iterable[CandidateSource] | None = None) -> None:
        self._context = context
        self.indexed = len(context.engine.index)
        self._starts: list[int] = []
        self._sources: list[CandidateSource] = []
        self._scores: list[Scores] = []
        start = self.indexed
        for source in SOURCES.values() if sources is None else sources:
            if not source.in_index:
                scores = source.scores(context)
                self._starts.append(start)
                self._sources.append(source)
                self._scores.append(scores)
                start += len(scores)

    def candidate(self, row: int) -> tuple[CandidateSource, Candidate]:
        """Return the source of a row, and its candidate."""
        if row >= self.indexed:
            position = bisect.bisect_right(self._starts, row) - 1
            source = self._sources[position]
            return source, Candidate(source.name, row - self._starts[position])
        list_size = self._context.engine.index.list_size
        name, number = ("global", row) if row < list_size else ("company", row - list_size)
        return SOURCES[name], Candidate(SOURCES[name].name, number)

    def own_candidates(self) -> Iterator[OwnCandidate]:
        """Yield the candidates outside of the index that have a text in this conversation."""
        for start, source, scores in zip(self._starts, self._sources, self._scores, strict=True):
            for number, score in enumerate(scores.tolist()):
                text = source.text(number, self._context)
                if text:
                    typed_score = score if source.typed_score is None else source.typed_score
                    yield OwnCandidate(start + number, text, score, typed_score)

    def own_rows(self) -> range:
        """Return the rows of all candidates outside of the index."""
        return range(self.indexed, self.indexed + sum(map(len, self._scores)))

    def row(self, candidate: Candidate) -> int:
        """Return the row of a candidate. Raises KeyError for a source that is not registered."""
        if SOURCES[candidate.source].in_index:
            index = self._context.engine.index
            return candidate.id + (0 if candidate.source == "global" else index.list_size)
        names = [source.name for source in self._sources]
        return self._starts[names.index(candidate.source)] + candidate.id
