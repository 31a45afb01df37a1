"""Builds the columns of the candidate index that belong to the entries of the list."""

from __future__ import annotations

from array import array

import numpy as np
import numpy.typing as npt

from composer.engine.index.variants import Variants, entities_of
from composer.engine.model.model import Model
from composer.engine.serve.settings import CandidateConfig
from composer.engine.store.artefact import TextsBuilder
from composer.engine.store.bags import Floats
from composer.engine.text.entities import SLOT
from composer.engine.text.features import WORDING_HASHES, hashed
from composer.engine.text.inserts import inserts_as_slots, masked_entry
from composer.engine.text.similarity import signature
from composer.engine.text.tokens import fold, words
from composer.engine.types import Entry

Filters = tuple[tuple[str, frozenset[str]], ...]


def about(entry: Entry) -> str:
    """Return all that says what an entry is about, for lexical match."""
    return f"{entry.text} {entry.title} {entry.folder}"


class EntryColumns:
    """Columns while entries are added one by one. No Python object is kept for an entry: a list may have 500,000."""

    def __init__(self, model: Model, config: CandidateConfig) -> None:
        self._model, self._config = model, config
        self.titles, self.keys, self.texts = TextsBuilder(), TextsBuilder(), TextsBuilder()
        # `about` of the entries whose context is scored.
        self.about = TextsBuilder()
        # Entries whose neighbour before them is in the same folder.
        self.beside_same_folder, self._folder = 0, ""
        # The masked text; "" where it is the text itself.
        self.masked = TextsBuilder()
        self.filters: dict[Filters, int] = {}
        self.filter_of = array("i")
        self.has_entities = array("b")
        self.variants = Variants()
        self.variant_rows: list[int] = []
        self.template_of = array("i")
        self.fill_rates = array("f")
        self.constant = array("b")
        self.signatures: list[npt.NDArray[np.uint64]] = []
        self.index_texts = TextsBuilder()
        self.index_numbers = array("i")
        self._batch: list[npt.NDArray[np.int32]] = []
        self._vectors: list[Floats] = []
        self.vectors: Floats = model.vectors[:0]

    def add(self, entry: Entry) -> None:
        """Add the next entry of the list."""
        row = len(self.texts)
        self.beside_same_folder += entry.folder == self._folder != ""
        self._folder = entry.folder
        recognizer = self._model.extractor.recognizer
        text = masked_entry(recognizer, entry.text)
        folded = fold(inserts_as_slots(text))
        plain = fold(entry.text)
        self.titles.add(entry.title)
        self.keys.add(entry.key)
        self.texts.add(entry.text)
        self.masked.add("" if text == entry.text else text)
        self.filter_of.append(self.filters.setdefault(entry.filters, len(self.filters)))
        has_entities = SLOT.search(text) is not None
        self.has_entities.append(has_entities)
        template = self._model.number_of.get(folded, -1)
        self.template_of.append(template)
        constant = self._is_constant(template, plain)
        self.constant.append(constant)
        if has_entities and not constant:
            leader = self.variants.add(row, folded, entities_of(recognizer, entry.text))
            if leader != row:
                self.variant_rows.append(row)
        self.fill_rates.append(1.0 if constant else self._fill_rate(template, text))
        for key in {folded, plain}:
            self.index_texts.add(key)
            self.index_numbers.append(row)
        if row < self._config.max_context_scored:
            self.about.add(about(entry))
            self.signatures.append(signature(words(folded)))
            self._batch.append(self._model.extractor.response_features(folded, None))
            if len(self._batch) >= self._config.encode_batch:
                self._encode()

    def _is_constant(self, template: int, plain: str) -> bool:
        """Return whether agents always said the template with this entry's entities: they are the company's own."""
        model, config = self._model, self._config
        if template < 0 or model.constant_shares[template] < config.min_constant_share:
            return False
        if model.fill_rates[template] > config.max_constant_fill_rate:
            return False
        return bool(model.constant_wordings[template] == hashed(plain, WORDING_HASHES))

    def _fill_rate(self, template: int, text: str) -> float:
        if SLOT.search(text) is None:
            return 1.0
        return float(self._model.fill_rates[template]) if template >= 0 else self._model.fill_rate(text)

    def _encode(self) -> None:
        self._vectors.append(self._model.response_vectors(self._batch))
        self._batch = []

    def finish(self) -> None:
        """Encode what is left; an entry that was learned gets the vector of its template."""
        if self._batch:
            self._encode()
        if self._vectors:
            self.vectors = np.concatenate(self._vectors)
        if self._model.trained:
            for row, template in enumerate(self.template_of[: len(self.vectors)]):
                if template >= 0:
                    self.vectors[row] = self._model.vectors[template]
