"""How a message goes on: what followed the words typed last in texts that fit the conversation.

The positions after the last typed words vote for the next word, each with the weight of its text in this
conversation. A phrase is offered as far as the votes stay nearly of one mind; a whole tail as the best text goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from composer.engine.ranking.facts import KIND_OF, SLOTS, Recogniser, masked
from composer.engine.ranking.phrases import BEGIN, END, REACH, PhraseIndex
from composer.engine.ranking.slots import Values, filled
from composer.engine.ranking.words import TOKEN

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

# Past this many positions the scene's own best texts vote alone.
MOST_POSITIONS = 1200
LONGEST_PHRASE = 14
_SLOT_WORDS = frozenset(SLOTS.values())


class Head(NamedTuple):
    """The finished words of a typed text: masked, their numbers (last first), and where they stand in the index."""

    masked: str
    before: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]


def head_of(text: str, index: PhraseIndex, recogniser: Recogniser) -> Head:
    text = masked(text, recogniser.spans(text))
    found = TOKEN.findall(text[-160:].casefold().replace("’", "'"))
    before = tuple(index.number(word) for word in reversed(found[-REACH:]))
    if len(before) < REACH:
        before += (index.number(BEGIN),)
    return Head(text, before, tuple(index.after(before)))


class Typed(NamedTuple):
    """Typed text as the index sees it. `part`: the unfinished word as typed; `spaced`: does a space stand before?"""

    head: Head
    part: str
    spaced: bool


class Votes(NamedTuple):
    """Positions with the weights of their texts; `order`: how many words before them agree."""

    positions: Ints
    weights: Floats
    order: int


def divided(query: str) -> tuple[str, str]:
    """The finished words of a typed text with the space after them, and the unfinished one."""
    end = len(query)
    start = end
    while start and (query[start - 1].isalnum() or query[start - 1] in "'’"):
        start -= 1
    return query[:start], query[start:]


class Completer:
    """Completions in one scene. `weights`, `counts`: of the texts of the index; `local`: positions of the best."""

    def __init__(
        self,
        index: PhraseIndex,
        text_of: Callable[[int], str],
        weights: Floats,
        counts: Floats,
        local: Ints,
        values: Values,
    ) -> None:
        self.counts = counts
        self.index, self.text_of, self.weights, self.local, self.values = index, text_of, weights, local, values

    def votes(self, typed: Typed) -> Votes:
        """Positions after the longest run of typed words that says enough."""
        index = self.index
        ranges = typed.head.ranges
        low, high = index.starting_with(typed.part.casefold()) if typed.part else (0, 0)
        for place in range(len(ranges) - 1, -1, -1):
            start, end = ranges[place]
            if end - start > MOST_POSITIONS:
                positions = self._local(typed.head.before, place)
            else:
                positions = np.arange(start, end, dtype=np.int32)
            if typed.part:
                following = index.next[positions]
                positions = positions[(following >= low) & (following < high)]
            if len(positions) >= 2 or (len(positions) and (place == 0 or place >= 2)):
                return Votes(positions, self.weights[index.text[positions]], place + 1)
        return Votes(self.local[:0], self.weights[:0], 0)

    def _local(self, before: tuple[int, ...], place: int) -> Ints:
        keep = self.index.before[0][self.local] == before[0]
        for column, number in zip(self.index.before[1 : place + 1], before[1:], strict=False):
            keep &= column[self.local] == number
        return np.asarray(self.local[keep], np.int32)

    def phrase(self, typed: Typed, votes: Votes, threshold: float, doubt: float) -> str:
        """The words that are likely enough to follow; "" when none is."""
        index = self.index
        positions, weights = votes.positions, votes.weights
        if not len(positions):
            return ""
        total = float(weights.sum())
        # So many equal votes would say as much: one text alone proves little.
        if total <= 0:
            return ""
        votes_worth = total * total / float((weights * weights / self.counts[index.text[positions]]).sum())
        sure = votes_worth / (votes_worth + doubt) / total
        kept = -1
        for _ in range(LONGEST_PHRASE):
            following = index.next[positions]
            heaviest = int(weights.argmax())
            top = int(following[heaviest])
            chosen = following == top
            mass = float(weights[chosen].sum()) if len(weights) > 1 else float(weights[0])
            word = index.words[top]
            if word in _SLOT_WORDS:
                sure *= self._surety(word)
            if word == END or mass * sure < threshold:
                break
            positions, weights = index.flow[positions[chosen]], weights[chosen]
            kept = int(positions[weights.argmax()])
        return self._between(typed, votes, kept) if kept >= 0 else ""

    def _between(self, typed: Typed, votes: Votes, last: int) -> str:
        """The text from the typed end to a position, filled; "" for less than two letters."""
        index = self.index
        number = int(index.text[last])
        end = int(index.at[last])
        starts = index.at[votes.positions[index.text[votes.positions] == number]]
        starts = starts[starts < end]
        if not len(starts):
            return ""
        text = self.text_of(number)
        start = int(starts.max())
        if typed.part and not text.startswith(typed.part, start):
            return ""
        found = self._joined(text, start, end, typed)
        return found if len(found.strip()) >= 2 else ""

    def _joined(self, text: str, start: int, end: int, typed: Typed) -> str:
        """Text from start to end, minus the letters typed, with a space before where one is missing."""
        rest = filled(text[start:end], self.values)
        if rest is None:
            return ""
        if typed.part:
            return rest[len(typed.part) :].rstrip()
        space = "" if typed.spaced or not start or not text[start - 1].isspace() else " "
        return space + rest.rstrip()

    def _surety(self, slot: str) -> float:
        """How often the value filled in is the right one, by how many there are to choose from."""
        count = len(self.values.by_kind.get(KIND_OF[slot], ()))
        return 0.0 if not count else (0.8 if count == 1 else 0.5)

    def tails(self, typed: Typed, votes: Votes, most: int) -> list[tuple[int, str, float]]:
        """Whole continuations: text number, what follows, and its weight."""
        weights = votes.weights
        if not len(weights):
            return []
        count = most * 2 + 1
        best = np.argpartition(weights, -count)[-count:] if len(weights) > count else np.arange(len(weights))
        found: list[tuple[int, str, float]] = []
        for place in best[np.argsort(-weights[best])].tolist():
            position = int(votes.positions[place])
            if weights[place] <= 0:
                break
            number = int(self.index.text[position])
            text = self.text_of(number)
            tail = self._joined(text, int(self.index.at[position]), len(text), typed)
            if len(tail) > 3 and all(tail != other for _, other, _ in found):
                found.append((number, tail, float(weights[place])))
                if len(found) == most:
                    break
        return found


class Names:
    """The values of a conversation by what one types to begin them."""

    def __init__(self, values: Values) -> None:
        self._by_start: dict[str, str] = {}
        texts = {value.text for kind, found in values.by_kind.items() if kind != "time" for value in found}
        for text in sorted(texts):
            if len(text) < 4:
                continue
            folded = text.casefold()
            for length in range(2, min(len(folded) - 1, 24)):
                start = folded[:length]
                self._by_start[start] = "" if start in self._by_start else text

    def completion(self, query: str) -> str:
        """What finishes a value begun at one of the last words, where only one begins so."""
        tail = query[-40:]
        start = len(tail)
        for _ in range(4):
            start = tail.rfind(" ", 0, start)
            begun = tail[start + 1 :].lstrip("'\"(")
            if len(begun) >= 2 and (begun[0].isupper() or begun[0].isdigit()):
                text = self._by_start.get(begun.casefold(), "")
                if text and (len(begun) >= 3 or text.startswith(begun)):
                    return text[len(begun) :]
            if start < 0:
                break
        return ""
