"""Runs of words that several customers were told, cut out of messages that as a whole too few were told.

"Your network is called blue heron. Could you restart the router?" was sent once; "Could you restart the router?" was
sent to many, at the end of different messages. The longest such runs are kept, each by itself: nothing says which of
them stood in one message. Every part of a run was told to as many customers as the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from composer.engine.index.phrases import BEGIN, END
from composer.engine.privacy import PRIVACY
from composer.engine.text.tokens import TOKEN

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# The most frequent are kept: each is weighed anew in every conversation.
LARGEST = 60_000
# A single word says nothing of what follows it. The begin and the end of a message count as words.
SHORTEST_RUN = 2


@dataclass(frozen=True, slots=True)
class Fragments:
    """`texts`, masked; `opens`: does it begin a message? `run_of`, `message_of`: pairs of a fragment's number and that
    of a message text that holds it.
    """

    texts: list[str]
    opens: Bools
    run_of: Ints
    message_of: Ints


@dataclass(slots=True)
class _Positions:
    """Words of texts that not enough customers were told and of those that were, end to end.

    `run`: the number of the run of words that begins here; equal runs have equal numbers. `left`: words up to the end
    of the text.
    """

    text: Ints
    at: Ints
    run: Ints
    left: Ints

    def kept(self, mask: Bools) -> _Positions:
        return _Positions(self.text[mask], self.at[mask], self.run[mask], self.left[mask])


def cut(texts: Sequence[str], shared: Bools, pairs: Ints) -> Fragments:
    """The longest runs of those texts that are not `shared`. `pairs`: number of a text, number of a customer told."""
    spans = [_words(text) for text in texts]
    positions = _positions(spans)
    longest = np.zeros(len(positions.at), np.int64)
    number = np.zeros(len(positions.at), np.int64)
    last_run = np.full(len(positions.at), -1, np.int64)
    told = pairs[~shared[pairs[:, 0]]]
    told = told[np.argsort(told[:, 0], kind="stable")]
    length, base = 1, 0
    while len(positions.at):
        frequent = _frequent(positions, shared, told)
        # What only shared texts hold needs no cutting.
        single = np.zeros(positions.run.max() + 1, bool)
        single[positions.run[~shared[positions.text]]] = True
        positions = positions.kept(frequent[positions.run] & single[positions.run])
        longest[positions.at] = length
        number[positions.at] = base + positions.run
        last_run[positions.at] = positions.run
        base += len(frequent)
        # The run that is one word longer: this one, and the one that begins a word later.
        follows = positions.left > length
        grown = positions.kept(follows)
        after = last_run[grown.at + 1]
        grown = grown.kept((after >= 0) & (longest[grown.at + 1] == length))
        keys = grown.run * (len(frequent) + 1) + last_run[grown.at + 1]
        _, grown.run = np.unique(keys, return_inverse=True)
        positions, length = grown, length + 1
    return _collected(texts, spans, shared, longest, number)


def _words(text: str) -> list[tuple[str, int, int]]:
    """The words of a text with where they start and end; its begin and its end are words, too."""
    found = [(match[0].casefold().replace("’", "'"), *match.span()) for match in TOKEN.finditer(text)]
    return [(BEGIN, 0, 0), *found, (END, len(text), len(text))]


def _positions(spans: Sequence[Sequence[tuple[str, int, int]]]) -> _Positions:
    numbers: dict[str, int] = {}
    run = np.array([numbers.setdefault(word, len(numbers)) for row in spans for word, *_ in row], np.int64)
    lengths = np.array([len(row) for row in spans], np.int64)
    text = np.repeat(np.arange(len(spans)), lengths)
    ends = np.repeat(np.cumsum(lengths), lengths)
    at = np.arange(len(run))
    return _Positions(text, at, run, ends - at)


def _frequent(positions: _Positions, shared: Bools, told: Ints) -> Bools:
    """Of each run: were enough customers told it?"""
    found = np.zeros(positions.run.max() + 1, bool)
    whole = shared[positions.text]
    found[positions.run[whole]] = True
    run, text = positions.run[~whole], positions.text[~whole]
    # Each run once for each customer that a text with it was sent to.
    start, end = np.searchsorted(told[:, 0], text), np.searchsorted(told[:, 0], text, "right")
    count = end - start
    places = np.arange(count.sum()) + np.repeat(start - (np.cumsum(count) - count), count)
    customers = int(told[:, 1].max(initial=0)) + 1
    different = np.unique(np.repeat(run, count) * customers + told[places, 1]) // customers
    found |= np.bincount(different, minlength=len(found)) >= PRIVACY.min_customers
    return found


def _collected(
    texts: Sequence[str], spans: Sequence[Sequence[tuple[str, int, int]]], shared: Bools, longest: Ints, number: Ints
) -> Fragments:
    """Runs that no longer one holds, each once."""
    lengths = np.array([len(row) for row in spans], np.int64)
    first = np.cumsum(lengths) - lengths
    text = np.repeat(np.arange(len(spans)), lengths)
    before = np.concatenate([[0], longest[:-1]])
    before[first[first < len(before)]] = 0
    chosen = np.flatnonzero((longest >= SHORTEST_RUN) & (longest >= before) & ~shared[text])
    _, examples, run_of, counts = np.unique(number[chosen], return_index=True, return_inverse=True, return_counts=True)
    most = np.sort(np.argsort(-counts, kind="stable")[:LARGEST])
    renumbered = np.full(len(counts), -1, np.int64)
    renumbered[most] = np.arange(len(most))
    found, opens = [], np.zeros(len(most), bool)
    for place, example in enumerate(chosen[examples[most]].tolist()):
        row, start = int(text[example]), example - int(first[text[example]])
        begin, end = spans[row][start][1], spans[row][start + int(longest[example]) - 1][2]
        found.append(texts[row][begin:end])
        opens[place] = start == 0
    kept = renumbered[run_of] >= 0
    return Fragments(found, opens, renumbered[run_of[kept]], text[chosen[kept]])
