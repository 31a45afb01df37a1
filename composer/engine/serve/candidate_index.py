"""The candidate index: the entries of the list first, then the responses learned from conversations.

Row i is entry i of the list for i < `list_size`, and learned template i - `list_size` from there on. All columns are
arrays over these rows (or over the entries alone), so that 45,000 candidates are scored at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from composer.engine.index.lexical import LexicalIndex
from composer.engine.index.prefixes import PrefixIndex
from composer.engine.model.model import Model
from composer.engine.serve.candidates import MIN_SCORE, Rows
from composer.engine.serve.index_builder import EntryColumns, Filters
from composer.engine.serve.settings import Settings
from composer.engine.store.bags import Floats
from composer.engine.types import Entry


class CandidateIndex:
    """Immutable columns of all candidates. `settings`: only the parts for candidates and lexical match are used."""

    def __init__(self, model: Model, entries: Iterable[Entry], settings: Settings) -> None:
        self.model, self.config, self.lexical_config = model, settings.candidates, settings.lexical
        self.learned_size = len(model.templates)
        columns = EntryColumns(model, self.config)
        for entry in entries:
            columns.add(entry)
        columns.finish()
        self.list_size = len(columns.texts)
        self.titles, self.keys = columns.titles.texts(), columns.keys.texts()
        self.texts, self.masked = columns.texts.texts(), columns.masked.texts()
        self.filters: list[Filters] = list(columns.filters)
        self.filter_of = np.array(columns.filter_of, np.int32)
        self.has_entities = np.array(columns.has_entities, bool)
        # The learned template that each entry is, -1 for none.
        self.template_of = np.array(columns.template_of, np.int32)
        self.vectors = columns.vectors
        self.vector_count = len(self.vectors)
        self.signatures = (
            np.stack(columns.signatures) if columns.signatures else np.zeros((0, model.signatures.shape[1]), np.uint64)
        )
        self.prefixes = PrefixIndex.of(columns.index_texts.texts(), np.array(columns.index_numbers, np.int32))
        self.constant = np.array(columns.constant, bool)
        self.fill_rates = np.concatenate([np.array(columns.fill_rates, np.float32), model.fill_rates])
        self.log_fill_rates = np.log(np.maximum(self.fill_rates, self.config.min_fill_rate))
        self.slot_confidence = self._slot_confidence()
        self.variants = columns.variants
        # Entries with a leader before them, which they differ from in their entities only.
        self.variant_rows = np.array(columns.variant_rows, np.int64)
        # Whether the list's order is all that is known of what is said often.
        self.ordered = (
            not model.trained and columns.beside_same_folder < self.config.max_foldered_share * self.list_size
        )
        self.popularity = self._popularity()
        self.entries_of = self._entries_by_template()
        texts = [*columns.about.texts(), *model.templates] if self.lexical_weight else None
        self.lexical = LexicalIndex(texts) if texts is not None else None

    def __len__(self) -> int:
        return self.list_size + self.learned_size

    @property
    def lexical_weight(self) -> float:
        """Weight of lexical match: full before the first training, falling to 0 with the messages learned from."""
        config = self.lexical_config
        if not self.model.trained:
            return config.weight_untrained
        return config.weight_trained * max(0.0, 1 - self.model.messages / config.max_messages)

    def _slot_confidence(self) -> Floats:
        """Return the probability that each candidate's slots are filled rightly where likely values were said."""
        confidence = np.concatenate([self.fill_rates[: self.list_size], self.model.slot_confidence])
        varies = (self.template_of >= 0) & ~self.constant
        confidence[: self.list_size][varies] = self.model.slot_confidence[self.template_of[varies]]
        return confidence

    def _popularity(self) -> Floats:
        """Return the log of how often each candidate was said."""
        counts = np.zeros(self.list_size, np.float32)
        learned = self.template_of >= 0
        counts[learned] = self.model.counts[self.template_of[learned]]
        return np.concatenate([np.log(counts + 0.5), np.log(np.maximum(self.model.counts, 0.5))])

    def _entries_by_template(self) -> dict[int, list[int]]:
        entries: dict[int, list[int]] = {}
        for row, template in enumerate(self.template_of.tolist()):
            if template >= 0:
                entries.setdefault(template, []).append(row)
        return entries

    def template(self, row: int) -> str:
        """Return the text with slots and inserts."""
        if row < self.list_size:
            if self.constant[row]:
                return str(self.texts[row])
            return str(self.masked[row]) or str(self.texts[row])
        return str(self.model.templates[row - self.list_size])

    @staticmethod
    def best(scores: Floats, limit: int) -> Rows:
        """Return the rows with the highest scores, highest first, without excluded ones."""
        cut = max(0, len(scores) - limit)
        rows = np.argpartition(scores, cut)[cut:] if cut else np.arange(len(scores))
        rows = rows[scores[rows] > MIN_SCORE]
        return rows[np.argsort(-scores[rows], kind="stable")]

    def templates_of(self, rows: Rows) -> Rows:
        """Return the learned template that each candidate is, below 0 for none."""
        templates = rows - self.list_size
        listed = rows < self.list_size
        templates[listed] = self.template_of[rows[listed]]
        return templates

    def products(self, vector: Floats) -> Floats:
        """Return the product of each candidate's vector with a context's; 0 where an encoder learned nothing."""
        if not self.model.trained:
            return np.zeros(len(self), np.float32)
        products = np.empty(len(self), np.float32)
        np.dot(self.vectors, vector, out=products[: self.vector_count])
        products[self.vector_count : self.list_size] = 0.0
        np.dot(self.model.vectors[: self.learned_size], vector, out=products[self.list_size :])
        return products

    def by_row(self, templates: npt.NDArray[np.int32], values: Floats) -> Floats:
        """Return the values of some templates for every candidate that is one of them, 0 for all others."""
        # Templates that leave no text are no candidates.
        with_text = templates < self.learned_size
        templates, values = templates[with_text], values[with_text]
        # The last element is for entries without a template, whose template_of is -1.
        by_template = np.zeros(self.learned_size + 1, np.float32)
        by_template[templates] = values
        return np.concatenate([by_template[self.template_of], by_template[:-1]])

    def signatures_of(self, rows: Rows) -> npt.NDArray[np.uint64]:
        """Return the word signatures of candidates; all zero for entries too far down the list."""
        listed = rows < self.list_size
        bits = np.zeros((len(rows), self.model.signatures.shape[1]), np.uint64)
        inside = listed & (rows < len(self.signatures))
        bits[inside] = self.signatures[rows[inside]]
        bits[~listed] = self.model.signatures[rows[~listed] - self.list_size]
        return bits

    def filtered_out(self, metadata: Mapping[str, str]) -> npt.NDArray[np.bool_] | None:
        """Return a mask of the entries whose filters do not match; None when all match."""
        refused = np.array([any(metadata.get(k) not in v for k, v in group) for group in self.filters], bool)
        return refused[self.filter_of] if refused.any() else None
