"""Features of messages and of contexts, as numbers of rows in the towers' tables.

A message gives its words, its word pairs (hashed), and, when an agent said it, itself as a whole (hashed): what
an agent says next depends most on what was asked and what was said last.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from composer.engine.store.bags import FIELDS, Ints
from composer.engine.text.entities import EntityRecognizer, Span, masked
from composer.engine.text.tokens import fold, words

PAIRS = 1 << 16
WHOLES = 1 << 14
CIRCUMSTANCES = 1 << 12
# Of a wording, where only its hash is kept.
HASHES = 1 << 31
# Of all that was said before the last four turns, the latest words.
OLDER = 64
EMPTY: Ints = np.zeros(0, np.int32)


def hashed(text: str, size: int) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) % size


def circumstances(queue: str, agent: str) -> list[str]:
    return [f"queue={queue}", f"agent={agent}"]


@dataclass(frozen=True, slots=True)
class AnalysedTurn:
    """A message made ready: raw, its facts, masked and folded, and its features."""

    role: str
    text: str
    spans: tuple[Span, ...]
    folded: str
    ids: Ints


@dataclass(frozen=True, slots=True)
class FeatureExtractor:
    """Turns texts into features. `numbers`: the row of each known word, counted from 0."""

    recognizer: EntityRecognizer
    numbers: Mapping[str, int]

    @property
    def context_rows(self) -> int:
        return len(self.numbers) + PAIRS + WHOLES + CIRCUMSTANCES

    @property
    def response_rows(self) -> int:
        """Rows of words and pairs; rows of whole responses follow."""
        return len(self.numbers) + PAIRS

    def words_of(self, found: Sequence[str]) -> tuple[Ints, Ints]:
        """Rows of the words and of the pairs of neighbours."""
        get = self.numbers.get
        known = [number for number in map(get, found) if number is not None]
        plain = np.array(known, np.int32)
        framed = np.array([1, *(number + 7 for number in known), 2], np.int64)
        pairs = ((framed[:-1] * 1000003) ^ (framed[1:] * 7919)) % PAIRS + len(self.numbers)
        return plain, pairs.astype(np.int32)

    def said(self, role: str, text: str, customer: str = "", agent: str = "") -> AnalysedTurn:
        spans = self.recognizer.spans(text, customer, agent)
        folded = fold(masked(text, spans))
        plain, pairs = self.words_of(words(folded))
        # A name says what the matter is although the slot hides it from responses.
        parts = [plain, self.names_in(text, spans), pairs]
        if role == "agent":
            parts.append(np.array([len(self.numbers) + PAIRS + hashed(folded, WHOLES)], np.int32))
        return AnalysedTurn(role, text, tuple(spans), folded, np.concatenate(parts).astype(np.int32))

    def names_in(self, text: str, spans: Sequence[Span]) -> Ints:
        """Rows of the words of names."""
        named = [word for span in spans if span.kind == "name" for word in words(fold(text[span.start : span.end]))]
        return np.array([self.numbers[word] for word in named if word in self.numbers], np.int32)

    def response(self, folded: str, whole: int | None) -> Ints:
        """Features of a masked, folded response; `whole`: its own row, where training has seen it often."""
        plain, pairs = self.words_of(words(folded))
        own = [] if whole is None else [self.response_rows + whole]
        return np.concatenate([plain, pairs, np.array(own, np.int32)]).astype(np.int32)

    def context(self, turns: Sequence[AnalysedTurn], circumstances: Sequence[str]) -> list[Ints]:
        """The fields of a context, FIELDS rows. `circumstances`: queue, agent, as `name=value`."""
        runs: list[list[AnalysedTurn]] = []
        for turn in turns:
            if runs and runs[-1][0].role == turn.role:
                runs[-1].append(turn)
            else:
                runs.append([turn])
        fields = [EMPTY] * FIELDS
        place = 0 if runs and runs[-1][0].role != "agent" else 1
        spoken = sum(turn.role == "agent" for turn in turns)
        facts = [*circumstances, f"turn={min(spoken, 12)}", f"open={place}{bool(runs)}"]
        while runs and place < 4:
            fields[place] = _together(runs.pop())
            place += 1
        count = len(self.numbers)
        older = [turn.ids[turn.ids < count] for run in runs[-6:] for turn in run]
        if older:
            fields[4] = np.concatenate(older)[-OLDER:]
        start = count + PAIRS + WHOLES
        fields[5] = np.array([start + hashed(fact, CIRCUMSTANCES) for fact in facts], np.int32)
        return fields


def _together(run: list[AnalysedTurn]) -> Ints:
    return run[0].ids if len(run) == 1 else np.concatenate([turn.ids for turn in run[-3:]])
