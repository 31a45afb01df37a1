"""Foreign facts: what an offer says that was not said in its conversation.

Written apart from the engine's own recogniser, on purpose: a scorer that shares the eyes of what it scores sees
the same. A fact is a word with a digit, a link, an address or handle, or a word with a capital letter inside a
sentence that is never written small in the corpus. It is foreign when it stands neither in the conversation so
far, nor among the inserts, nor, for an offer from a list that is offered as it stands there, in that entry:
what the company wrote and deployed was not learned from another conversation. `strict` counts those too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LINK = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\w+|(?<!\w)@\w+")
_TOKEN = re.compile(r"[A-Za-z0-9][\w'’&-]*(?:[.:,/]\d+)*", re.UNICODE)
_SENTENCE = re.compile(r"(?:^|[.!?:;\n\"'(]\s*)$")


@dataclass(frozen=True, slots=True)
class Facts:
    """Finds facts. `small`: words that the corpus writes small, too: no names."""

    small: frozenset[str]

    @staticmethod
    def learn(texts: Iterable[str]) -> Facts:
        seen: Counter[str] = Counter()
        for text in texts:
            seen.update(match[0] for match in _TOKEN.finditer(text) if match[0][0].islower())
        return Facts(frozenset(word for word, count in seen.items() if count >= 2))

    def of(self, text: str) -> list[str]:
        """Facts of a text, folded."""
        found = [match[0].casefold().rstrip(".,!?") for match in _LINK.finditer(text)]
        for match in _TOKEN.finditer(_LINK.sub(" ", text)):
            word = match[0]
            if any(letter.isdigit() for letter in word):
                found.append(word.casefold())
            elif (
                word[0].isupper()
                and len(word) > 1
                and not word.isupper()
                and not _SENTENCE.search(text[: match.start()])
            ):
                plain = word.casefold().replace("’", "'").removesuffix("'s")
                if plain not in self.small and "'" not in plain:
                    found.append(plain)
        return found


def foreign(facts: Sequence[str], heard: str) -> list[str]:
    """Those facts that do not stand in what was heard (one folded text)."""
    return [fact for fact in facts if fact not in heard]
