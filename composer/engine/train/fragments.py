"""Fragments: runs of words that enough customers were sent, cut out of messages that as a whole too few were sent.

"Your network is called blue heron. Could you restart the router?" was sent once; "Could you restart the router?" was
sent to many, at the end of different messages. The longest such runs are saved, each by itself: nothing says which of
them were in one message. Every part of a run was sent to at least as many customers as the run (the Apriori property),
so runs are grown word by word.
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

# Words of the shortest run, the begin and the end of a message counted: one word says nothing of what follows it.
MIN_RUN = 2


@dataclass(frozen=True, slots=True)
class Fragments:
    """Masked `texts`; `opens`: whether each begins a message.

    `run_of`, `message_of`: pairs of a fragment's number and the number of a message text that holds it.
    """

    texts: list[str]
    opens: Bools
    run_of: Ints
    message_of: Ints


@dataclass(slots=True)
class _Positions:
    """Words of all texts, end to end.

    `text`: the text of each; `at`: its index. `run`: the number of the run of words that begins here; equal runs have
    equal numbers. `left`: words up to the end of the text.
    """

    text: Ints
    at: Ints
    run: Ints
    left: Ints

    def selected(self, mask: Bools) -> _Positions:
        return _Positions(self.text[mask], self.at[mask], self.run[mask], self.left[mask])


def cut(texts: Sequence[str], shared: Bools, pairs: Ints, limit: int) -> Fragments:
    """Return the longest runs of the texts that are not `shared`, at most `limit` of them.

    `shared`: which texts enough customers were sent. `pairs`: a text's number and the number of a customer it was
    sent to, one row each.
    """
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
        # Runs that only shared texts hold need no cutting.
        single = np.zeros(positions.run.max() + 1, bool)
        single[positions.run[~shared[positions.text]]] = True
        positions = positions.selected(frequent[positions.run] & single[positions.run])
        longest[positions.at] = length
        number[positions.at] = base + positions.run
        last_run[positions.at] = positions.run
        base += len(frequent)
        # A run that is one word longer is this one joined with the one that begins a word later.
        follows = positions.left > length
        grown = positions.selected(follows)
        after = last_run[grown.at + 1]
        grown = grown.selected((after >= 0) & (longest[grown.at + 1] == length))
        keys = grown.run * (len(frequent) + 1) + last_run[grown.at + 1]
        _, grown.run = np.unique(keys, return_inverse=True)
        positions, length = grown, length + 1
    return _collected(texts, spans, shared, longest, number, limit)


def _words(text: str) -> list[tuple[str, int, int]]:
    """Return the words of a text with their start and end; its begin and its end are words, too."""
    tokens = [(match[0].casefold().replace("’", "'"), *match.span()) for match in TOKEN.finditer(text)]
    return [(BEGIN, 0, 0), *tokens, (END, len(text), len(text))]


def _positions(spans: Sequence[Sequence[tuple[str, int, int]]]) -> _Positions:
    numbers: dict[str, int] = {}
    run = np.array([numbers.setdefault(word, len(numbers)) for row in spans for word, *_ in row], np.int64)
    lengths = np.array([len(row) for row in spans], np.int64)
    text = np.repeat(np.arange(len(spans)), lengths)
    ends = np.repeat(np.cumsum(lengths), lengths)
    at = np.arange(len(run))
    return _Positions(text, at, run, ends - at)


def _frequent(positions: _Positions, shared: Bools, told: Ints) -> Bools:
    """Return for each run whether enough customers were sent it."""
    frequent = np.zeros(positions.run.max() + 1, bool)
    whole = shared[positions.text]
    frequent[positions.run[whole]] = True
    run, text = positions.run[~whole], positions.text[~whole]
    # Each run is counted once for each customer that a text with it was sent to.
    start, end = np.searchsorted(told[:, 0], text), np.searchsorted(told[:, 0], text, "right")
    count = end - start
    pairs = np.arange(count.sum()) + np.repeat(start - (np.cumsum(count) - count), count)
    customers = int(told[:, 1].max(initial=0)) + 1
    different = np.unique(np.repeat(run, count) * customers + told[pairs, 1]) // customers
    frequent |= np.bincount(different, minlength=len(frequent)) >= PRIVACY.min_customers
    return frequent


def _collected(
    texts: Sequence[str],
    spans: Sequence[Sequence[tuple[str, int, int]]],
    shared: Bools,
    longest: Ints,
    number: Ints,
    limit: int,
) -> Fragments:
    """Return the runs that no longer run holds, each once."""
    lengths = np.array([len(row) for row in spans], np.int64)
    first = np.cumsum(lengths) - lengths
    text = np.repeat(np.arange(len(spans)), lengths)
    before = np.concatenate([[0], longest[:-1]])
    before[first[first < len(before)]] = 0
    chosen = np.flatnonzero((longest >= MIN_RUN) & (longest >= before) & ~shared[text])
    _, examples, run_of, counts = np.unique(number[chosen], return_index=True, return_inverse=True, return_counts=True)
    most = np.sort(np.argsort(-counts, kind="stable")[:limit])
    renumbered = np.full(len(counts), -1, np.int64)
    renumbered[most] = np.arange(len(most))
    fragments, opens = [], np.zeros(len(most), bool)
    for index, example in enumerate(chosen[examples[most]].tolist()):
        row, start = int(text[example]), example - int(first[text[example]])
        begin, end = spans[row][start][1], spans[row][start + int(longest[example]) - 1][2]
        fragments.append(texts[row][begin:end])
        opens[index] = start == 0
    saved = renumbered[run_of] >= 0
    return Fragments(fragments, opens, renumbered[run_of[saved]], text[chosen[saved]])
