"""What all scenes of an engine share: the model, the list, and the indexes over both."""

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
from composer.engine.serve.candidates import CandidateIndex, Weights, insert_slots, slotted
from composer.engine.serve.completion import Completions
from composer.engine.serve.settings import Settings
from composer.engine.store.bags import Floats
from composer.engine.text.templates import Template
from composer.engine.text.tokens import fold, words
from composer.engine.types import Entry

# Candidates taken apart that are kept: most scenes meet them again.
KEPT_TEMPLATES = 20_000
# Entries whose words can be found misspelt; votes that one text has at most for having been said often.
MOST_SPELT, MOST_VOTES = 20_000, 8.0


class EngineState:
    """Immutable, shared by all conversations of a company and environment."""

    def __init__(self, model: Model, entries: Iterable[Entry], settings: Settings | None = None) -> None:
        self.model = model
        self.settings = settings or Settings()
        self.pool = CandidateIndex(model, entries, Weights())
        self.learned_prefixes = PrefixIndex.in_order(model.folded, model.order, model.heads)
        self.template = functools.lru_cache(KEPT_TEMPLATES)(lambda number: Template.of(self.pool.template(number)))
        index = model.phrases
        [first] = index.after([index.number(BEGIN)]) or [(0, 0)]
        firsts = {index.words[number] for number in np.unique(index.next[slice(*first)]).tolist()}
        own = {word for text in itertools.islice(self.pool.texts, MOST_SPELT) for word in words(fold(text))}
        self.corrector = Corrector([*own, *index.words], firsts | own)
        counts = np.ones(len(index.starts) - 1, np.float32)
        counts[: len(model.counts)] = np.minimum(model.counts, MOST_VOTES)
        counts[len(counts) - len(model.fragments) :] = np.minimum(model.fragment_counts, MOST_VOTES)
        self.completions = Completions(index, model.reader.recognizer, self.phrase_text, counts)
        self.caution = model.caution
        self.recent = AgentHistoryReader(model, self.pool)
        self.own = functools.lru_cache(2000)(self._own)

    def phrase_text(self, number: int) -> str:
        """A text of the phrase index: the learned templates, those that only the list had, the fragments."""
        for texts in (self.model.templates, self.model.listed, self.model.fragments):
            if number < len(texts):
                return str(texts[number])
            number -= len(texts)
        raise IndexError(number)

    def _own(self, entry: Entry) -> Floats:
        """The vector of an entry that is not of the pool: of an agent's own list, or a new habit."""
        reader = self.model.reader
        folded = fold(insert_slots(slotted(reader.recognizer, entry.text)))
        return np.asarray(self.model.response_vectors([reader.response(folded, None)])[0], np.float32)
