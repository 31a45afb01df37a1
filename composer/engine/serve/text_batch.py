"""Given texts in one context, analysed, with what their features have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from composer.engine.model.model import Model
from composer.engine.serve.entity_features import SlotFeatures, entity_features, slot_features
from composer.engine.store.bags import Floats
from composer.engine.text.templates import Values
from composer.engine.text.tokens import fold, words
from composer.engine.types import SuggestionContext


class TextBatch:
    """Given texts in one context, and what their features have in common."""

    def __init__(self, model: Model, context: SuggestionContext, texts: Sequence[str]) -> None:
        names = context.customer_name, context.agent_name
        self.model, self.context = model, context
        self.turns = [model.analyse(turn.role, turn.text, *names) for turn in context.turns]
        self.texts = [model.analyse("candidate", text, *names) for text in texts]
        self.values = Values.of(self.turns, *names, model.slot_values)
        self.vector = model.context_vector(self.turns, context.queue, context.agent)
        # The learned template of each text, -1 for none.
        self.templates = np.array([model.number_of.get(text.folded, -1) for text in self.texts], np.int64)

    @cached_property
    def vectors(self) -> tuple[Floats, Floats]:
        """Of each text the vector without and with the words of its names."""
        extractor = self.model.extractor
        plain = [extractor.response_features(text.folded, None) for text in self.texts]
        names = [extractor.name_features(text.text, text.spans) for text in self.texts]
        named = [position for position, ids in enumerate(names) if len(ids)]
        joined = (np.concatenate([plain[position], names[position]]) for position in named)
        encoded = self.model.response_vectors([*plain, *joined])
        own = encoded[: len(self.texts)]
        full = own.copy()
        full[named] = encoded[len(self.texts) :]
        known = self.templates >= 0
        own[known] = self.model.vectors[self.templates[known]]
        return own, full

    @cached_property
    def counts(self) -> npt.NDArray[np.floating]:
        """How often the template of each text was said."""
        if not len(self.model.counts):
            return np.zeros(len(self.texts))
        return np.where(self.templates >= 0, self.model.counts[self.templates], 0.0)

    @cached_property
    def neighbours(self) -> tuple[dict[int, float], Floats]:
        """The votes of past contexts by template, and the mean vector of what these contexts expect."""
        templates, votes = self.model.neighbours.votes(self.vector)
        expected = self.model.neighbours.shares_of(votes) @ self.model.vectors[templates]
        return dict(zip(templates.tolist(), votes.tolist(), strict=True)), np.asarray(expected, np.float32)

    @cached_property
    def word_sets(self) -> list[frozenset[str]]:
        return [frozenset(words(text.folded)) for text in self.texts]

    @cached_property
    def entities(self) -> list[tuple[float, float]]:
        """Of each text the number of entities that were said, and that were not."""
        heard = " " + " ".join(word for turn in self.turns for word in words(fold(turn.text))) + " "
        return [entity_features(text, heard) for text in self.texts]

    @cached_property
    def slots(self) -> list[SlotFeatures]:
        return [slot_features(self.model, text, self.values) for text in self.texts]

    def idf_sums(self, common: Collection[str] | None = None) -> list[float]:
        """Return for each text the summed IDF of its words, or of those that are also in `common`."""
        idf_of = self.model.idf_of
        chosen = self.word_sets if common is None else [each & frozenset(common) for each in self.word_sets]
        return [sum(map(idf_of, each)) for each in chosen]
