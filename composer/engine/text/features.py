"""Features of messages and of contexts, as row numbers of the encoders' embedding tables.

A message has its words, its word pairs (hashed), and, when an agent sent it, one feature for the whole text (hashed):
what an agent says next depends most on what was asked and on what the agent said last.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from composer.engine.store.bags import FIELDS, Ints
from composer.engine.text.entities import EntityRecognizer, Span, masked
from composer.engine.text.tokens import fold, words

# Rows of the hashed features in the embedding table of contexts.
PAIR_BUCKETS = 1 << 16
WHOLE_TEXT_BUCKETS = 1 << 14
CIRCUMSTANCE_BUCKETS = 1 << 12
# Of a wording with entities the artefact keeps only this hash.
WORDING_HASHES = 1 << 31
# The runs of turns with a field of their own; older turns share one field and leave their latest words.
RECENT_RUNS = 4
MAX_OLDER_WORDS = 64
EMPTY: Ints = np.zeros(0, np.int32)


def hashed(text: str, size: int) -> int:
    """Return a hash of the text from 0 up to `size`, the same in every process."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) % size


def circumstances(queue: str, agent: str) -> list[str]:
    """Return what a context has beside its turns, as `name=value`."""
    return [f"queue={queue}", f"agent={agent}"]


@dataclass(frozen=True, slots=True)
class AnalysedTurn:
    """A message: as sent, its entities, its masked and folded text, and its feature ids."""

    role: str
    text: str
    spans: tuple[Span, ...]
    folded: str
    ids: Ints


@dataclass(frozen=True, slots=True)
class FeatureExtractor:
    """Turns texts into feature ids. `numbers`: the id of each known word, counted from 0."""

    recognizer: EntityRecognizer
    numbers: Mapping[str, int]

    @property
    def context_rows(self) -> int:
        """Rows of the context embedding table."""
        return len(self.numbers) + PAIR_BUCKETS + WHOLE_TEXT_BUCKETS + CIRCUMSTANCE_BUCKETS

    @property
    def response_rows(self) -> int:
        """Rows of words and pairs in the response embedding table. Rows of whole responses follow them."""
        return len(self.numbers) + PAIR_BUCKETS

    def word_features(self, text_words: Sequence[str]) -> tuple[Ints, Ints]:
        """Return the ids of the known words, and of the pairs of known neighbours."""
        get = self.numbers.get
        known = [number for number in map(get, text_words) if number is not None]
        singles = np.array(known, np.int32)
        framed = np.array([1, *(number + 7 for number in known), 2], np.int64)
        pairs = ((framed[:-1] * 1000003) ^ (framed[1:] * 7919)) % PAIR_BUCKETS + len(self.numbers)
        return singles, pairs.astype(np.int32)

    def analyse(self, role: str, text: str, customer: str = "", agent: str = "") -> AnalysedTurn:
        """Analyse one message. `customer`, `agent`: first names, "" where unknown."""
        spans = self.recognizer.spans(text, customer, agent)
        folded = fold(masked(text, spans))
        singles, pairs = self.word_features(words(folded))
        # A name says what the matter is, although its slot hides it from responses.
        parts = [singles, self.name_features(text, spans), pairs]
        if role == "agent":
            whole = len(self.numbers) + PAIR_BUCKETS + hashed(folded, WHOLE_TEXT_BUCKETS)
            parts.append(np.array([whole], np.int32))
        return AnalysedTurn(role, text, tuple(spans), folded, np.concatenate(parts).astype(np.int32))

    def name_features(self, text: str, spans: Sequence[Span]) -> Ints:
        """Return the ids of the known words of names."""
        named = [word for span in spans if span.kind == "name" for word in words(fold(text[span.start : span.end]))]
        return np.array([self.numbers[word] for word in named if word in self.numbers], np.int32)

    def response_features(self, folded: str, whole: int | None) -> Ints:
        """Return the ids of a masked, folded response.

        `whole`: number of its own row, None for a response without one (training saw it once or not at all).
        """
        singles, pairs = self.word_features(words(folded))
        own = [] if whole is None else [self.response_rows + whole]
        return np.concatenate([singles, pairs, np.array(own, np.int32)]).astype(np.int32)

    def context_features(self, turns: Sequence[AnalysedTurn], extra: Sequence[str]) -> list[Ints]:
        """Return the FIELDS bags of a context.

        Fields 0, 2 are the customer's last two runs of messages, 1, 3 the agent's; 4 the words of older runs; 5 the
        circumstances. `extra`: circumstances as `name=value`.
        """
        runs: list[list[AnalysedTurn]] = []
        for turn in turns:
            if runs and runs[-1][0].role == turn.role:
                runs[-1].append(turn)
            else:
                runs.append([turn])
        fields = [EMPTY] * FIELDS
        field = 0 if runs and runs[-1][0].role != "agent" else 1
        agent_turns = sum(turn.role == "agent" for turn in turns)
        facts = [*extra, f"turn={min(agent_turns, 12)}", f"open={field}{bool(runs)}"]
        while runs and field < RECENT_RUNS:
            fields[field] = _run_features(runs.pop())
            field += 1
        count = len(self.numbers)
        older = [turn.ids[turn.ids < count] for run in runs[-6:] for turn in run]
        if older:
            fields[4] = np.concatenate(older)[-MAX_OLDER_WORDS:]
        start = count + PAIR_BUCKETS + WHOLE_TEXT_BUCKETS
        fields[5] = np.array([start + hashed(fact, CIRCUMSTANCE_BUCKETS) for fact in facts], np.int32)
        return fields


def _run_features(run: list[AnalysedTurn]) -> Ints:
    """Return the features of the latest three messages of one run."""
    return run[0].ids if len(run) == 1 else np.concatenate([turn.ids for turn in run[-3:]])
