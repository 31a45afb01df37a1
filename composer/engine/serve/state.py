"""What all sessions of an engine share: the model, the candidate index, and the indexes over both."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable

import numpy as np

from composer.engine.index.phrases import BEGIN
from composer.engine.index.prefixes import PrefixIndex
from composer.engine.index.typos import Corrector
from composer.engine.model.model import Model
from composer.engine.serve.agent_history import AgentHistoryReader
from composer.engine.serve.candidate_index import CandidateIndex
from composer.engine.serve.first_stage import FirstStage
from composer.engine.serve.settings import Settings
from composer.engine.serve.typed_text import Completions
from composer.engine.store.bags import Floats
from composer.engine.text.inserts import inserts_as_slots, masked_entry
from composer.engine.text.templates import Template
from composer.engine.text.tokens import fold, words
from composer.engine.types import Entry


class EngineState:
    """Immutable, shared by all conversations of a company and environment."""

    def __init__(self, model: Model, entries: Iterable[Entry], settings: Settings | None = None) -> None:
        self.model = model
        self.settings = settings = settings or Settings()
        self.index = CandidateIndex(model, entries, settings)
        self.first_stage = FirstStage(self.index, settings.weights)
        self.learned_prefixes = PrefixIndex.in_order(model.folded, model.order, model.heads)
        cached = settings.session.cached_templates
        self.template = functools.lru_cache(cached)(lambda row: Template.of(self.index.template(row)))
        self.corrector = self._corrector()
        self.completions = Completions(
            model.phrases, model.extractor.recognizer, self.phrase_text, self._phrase_counts(), settings.completion
        )
        self.phrase_threshold = model.phrase_threshold
        self.agent_history = AgentHistoryReader(model, self.index, settings.history)
        self.entry_vector = functools.lru_cache(settings.session.cached_entry_vectors)(self._entry_vector)

    def _corrector(self) -> Corrector:
        """Return a corrector that knows the words of the list and of the learned texts."""
        phrases, limit = self.model.phrases, self.settings.session.max_corrected_entries
        [first] = phrases.after([phrases.number(BEGIN)]) or [(0, 0)]
        firsts = {phrases.words[number] for number in np.unique(phrases.next[slice(*first)]).tolist()}
        own = {word for text in itertools.islice(self.index.texts, limit) for word in words(fold(text))}
        return Corrector([*own, *phrases.words], firsts | own)

    def _phrase_counts(self) -> Floats:
        """Return how often each text of the phrase index was said, as far as it counts as evidence."""
        model, limit = self.model, self.settings.completion.max_count
        counts = np.ones(len(model.phrases.starts) - 1, np.float32)
        counts[: len(model.counts)] = np.minimum(model.counts, limit)
        counts[len(counts) - len(model.fragments) :] = np.minimum(model.fragment_counts, limit)
        return counts

    def phrase_text(self, number: int) -> str:
        """Return a text of the phrase index: learned templates, then texts of lists alone, then fragments."""
        for texts in (self.model.templates, self.model.list_texts, self.model.fragments):
            if number < len(texts):
                return str(texts[number])
            number -= len(texts)
        raise IndexError(number)

    def _entry_vector(self, entry: Entry) -> Floats:
        """Return the vector of an entry that is not in the index."""
        extractor = self.model.extractor
        folded = fold(inserts_as_slots(masked_entry(extractor.recognizer, entry.text)))
        return np.asarray(self.model.response_vectors([extractor.response_features(folded, None)])[0], np.float32)
