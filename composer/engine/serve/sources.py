"""Sources of candidates: the company's list, the agent's own list, the agent's new habits, the learned responses.

A source is one class, and one line in SOURCES registers it. Candidates of the list and learned responses are rows of
the candidate index, which scores them all at once; each session fills in and scores the few candidates of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from composer.engine.serve.candidates import ONLY_TYPED, Scores
from composer.engine.serve.context import PreparedContext
from composer.engine.templates import fill, insert_names
from composer.engine.text.templates import Template, filled
from composer.engine.text.tokens import fold
from composer.engine.types import Entry, FeatureShare, FilterCheck, ScoreParts, Source


class CandidateSource(Protocol):
    """One kind of response. Sources keep no state: what depends on the conversation comes with `context`.

    `in_index`: its candidates are rows of the candidate index, from `first_row` on. All candidates of any other source
    are filled in and scored by each session: it should have some hundred at most.
    `typed_score`: score of its candidates once text is typed, None for the one they have at the empty composer.
    """

    @property
    def name(self) -> Source: ...
    @property
    def in_index(self) -> bool: ...
    @property
    def typed_score(self) -> float | None: ...

    def scores(self, context: PreparedContext) -> Scores:
        """Return the score of each candidate by its id, in log units; ONLY_TYPED keeps one from the empty composer."""

    def text(self, number: int, context: PreparedContext) -> str | None:
        """Return the text in this conversation; None when a value is missing or a filter does not match."""

    def entry(self, number: int, context: PreparedContext) -> Entry:
        """Return the response as it was written. Its `source` is the one that agents see."""

    def explain(self, number: int, context: PreparedContext) -> ScoreParts:
        """Return what the first stage's score is made of, and what is missing. Computed anew."""


class GlobalList:
    """The company's list, by position."""

    name: Source = "global"
    in_index = True
    typed_score = None

    def scores(self, context: PreparedContext) -> Scores:
        return context.scores[: context.engine.index.list_size]

    def text(self, number: int, context: PreparedContext) -> str | None:
        return context.text(number)

    def entry(self, number: int, context: PreparedContext) -> Entry:
        index = context.engine.index
        filters = index.filters[index.filter_of.item(number)]
        return Entry(index.keys[number], index.texts[number], index.titles[number], "global", filters)

    def explain(self, number: int, context: PreparedContext) -> ScoreParts:
        entry = self.entry(number, context)
        inserts = tuple(name for name in insert_names(entry.text) if name not in context.context.inserts)
        slots = tuple(context.engine.template(number).missing(context.values)) if context.text(number) is None else ()
        return _indexed_parts("global", number, context, filter_checks(entry, context), inserts, slots)


class LearnedResponses:
    """Responses learned from the company's conversations, by template number.

    One that the agent has said at least twice is still a candidate of this source; its entry says "organic".
    """

    name: Source = "company"
    in_index = True
    typed_score = None

    def scores(self, context: PreparedContext) -> Scores:
        return context.scores[context.engine.index.list_size :]

    def text(self, number: int, context: PreparedContext) -> str | None:
        return context.text(context.engine.index.list_size + number)

    def entry(self, number: int, context: PreparedContext) -> Entry:
        source: Source = "organic" if number in context.agent_templates else "company"
        return Entry("", context.engine.model.templates[number], "", source)

    def explain(self, number: int, context: PreparedContext) -> ScoreParts:
        row = context.engine.index.list_size + number
        slots = tuple(context.engine.template(row).missing(context.values))
        return _indexed_parts(self.entry(number, context).source, row, context, {}, (), slots)


class CustomList:
    """The agent's own list, by position. Typed text finds it before all others."""

    name: Source = "custom"
    in_index = False
    typed_score = 50.0

    def scores(self, context: PreparedContext) -> Scores:
        """Score the entries that the conversation speaks for or that the agent used lately; ONLY_TYPED for others."""
        engine = context.engine
        used = {fold(recent.text) for recent in context.context.recent if recent.weight > 0}
        # Without a list there is nothing to compare words with.
        compared = engine.model.trained or engine.index.list_size > 0
        scores = []
        for number, entry in enumerate(context.context.customs):
            text = self.text(number, context)
            if text is None:
                scores.append(ONLY_TYPED)
                continue
            fit = _fit(entry, context)
            supported = not compared or fit > 0 or fold(text) in used
            scores.append(fit + engine.settings.candidates.own_list_bonus if supported else ONLY_TYPED)
        return np.array(scores, np.float64)

    def text(self, number: int, context: PreparedContext) -> str | None:
        entry = context.context.customs[number]
        if not _matches(entry, context):
            return None
        return fill(entry.text, context.context.inserts) or None

    def entry(self, number: int, context: PreparedContext) -> Entry:
        return context.context.customs[number]

    def explain(self, number: int, context: PreparedContext) -> ScoreParts:
        entry = context.context.customs[number]
        inserts = tuple(name for name in insert_names(entry.text) if name not in context.context.inserts)
        shares = _fit_shares(entry, context)
        shares["own_list"] = FeatureShare(1.0, context.engine.settings.candidates.own_list_bonus)
        return _own_parts(entry, context, shares, inserts, ())


class NewHabits:
    """Texts that the agent sent several times lately and that no list and no model has, most frequent first."""

    name: Source = "organic"
    in_index = False
    typed_score = None

    def scores(self, context: PreparedContext) -> Scores:
        return np.array([_fit(entry, context) for entry in context.history.new], np.float64)

    def text(self, number: int, context: PreparedContext) -> str | None:
        return filled(context.history.new[number].text, context.values) or None

    def entry(self, number: int, context: PreparedContext) -> Entry:
        return context.history.new[number]

    def explain(self, number: int, context: PreparedContext) -> ScoreParts:
        entry = context.history.new[number]
        slots = tuple(Template.of(entry.text).missing(context.values))
        return _own_parts(entry, context, _fit_shares(entry, context), (), slots)


SOURCES: dict[str, CandidateSource] = {
    "global": GlobalList(),
    "company": LearnedResponses(),
    "custom": CustomList(),
    "organic": NewHabits(),
}


def filter_checks(entry: Entry, context: PreparedContext) -> dict[str, FilterCheck]:
    """Return for each filter of an entry what it wants and what the conversation has."""
    metadata = context.context.metadata
    return {name: FilterCheck(values, metadata.get(name)) for name, values in entry.filters}


def _matches(entry: Entry, context: PreparedContext) -> bool:
    metadata = context.context.metadata
    return all(metadata.get(name) in values for name, values in entry.filters)


def _fit(entry: Entry, context: PreparedContext) -> float:
    """Return the score of an entry that is not in the index: dot product and lexical match."""
    engine = context.engine
    fit = float(engine.entry_vector(entry) @ context.vector) if engine.model.trained else 0.0
    return fit + engine.first_stage.lexical_score(context.query_terms, entry)


def _fit_shares(entry: Entry, context: PreparedContext) -> dict[str, FeatureShare]:
    engine = context.engine
    product = float(engine.entry_vector(entry) @ context.vector) if engine.model.trained else 0.0
    shares = {"dot": FeatureShare(product, 1.0)}
    weight = engine.index.lexical_weight
    if weight:
        score = engine.first_stage.lexical_score(context.query_terms, entry)
        shares["lexical"] = FeatureShare(score / weight, weight)
    return shares


def _own_parts(
    entry: Entry,
    context: PreparedContext,
    shares: Mapping[str, FeatureShare],
    inserts: tuple[str, ...],
    slots: tuple[str, ...],
) -> ScoreParts:
    total = sum(each.share for each in shares.values())
    return ScoreParts(entry.source, total, shares, {}, filter_checks(entry, context), inserts, slots)


def _indexed_parts(
    source: Source,
    row: int,
    context: PreparedContext,
    filters: Mapping[str, FilterCheck],
    inserts: tuple[str, ...],
    slots: tuple[str, ...],
) -> ScoreParts:
    stage = context.engine.first_stage
    lexical = stage.lexical_scores(context.query_terms)
    share = 0.0 if lexical is None else float(np.float32(stage.typed_share) * lexical[row])
    shares = stage.explain(row, context.vector, context.context.agent, share)
    gain = float(context.history.gains[context.history.rows == row].sum())
    if gain:
        shares["agent_history"] = FeatureShare(gain, 1.0)
    return ScoreParts(source, float(context.scores[row]), shares, {}, filters, inserts, slots)
