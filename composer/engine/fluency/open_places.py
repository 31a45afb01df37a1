"""Contexts in which either word of a pair is right, whatever is usual in chats of one kind.

"We know your" and "we know you're", "looks like there" and "looks like their" are both how a good sentence goes on, so
a model that never saw the one in its chats must not call it wrong. Models of a company's own texts may.
"""

from __future__ import annotations

from composer.engine.fluency.cursor import Completed

# Behind these a clause may begin as well as an object.
_EITHER_AFTER = (
    "that if when once since because as while until unless although though before after so and but or than where "
    "whether what which how why who like whatever whenever case hear heard hearing know knew knowing think thought "
    "thinking see saw seeing say says said saying hope hoping glad sure sorry happy excited thrilled afraid aware "
    "believe understand understood assume guess tell told means mean ensure realize imagine promise notice noticed "
    "feel wish suppose show shows showing learn thanks fact also now yes no ok okay well great oh sometimes "
    "unfortunately hopefully however"
)
# There and too may end what these begin: on your way there, love you too; and "hasn't caused too much".
_THERE_AFTER = "be in into out up over from around near way get go me you us them hi hey hello"
_TOO_AFTER = "me you us them it that this him her one back here there out up today are is caused"
_EITHER = frozenset(_EITHER_AFTER.split())
_ENDED = {"there": frozenset(_THERE_AFTER.split()), "too": frozenset(_TOO_AFTER.split())}
_CLAUSES = frozenset(("your", "you're", "their", "there", "they're", "its", "it's"))
_PAUSES = ",;:-)"


def is_open(word: str, around: Completed) -> bool:
    """Return whether the word, in small letters, may be right as typed, judged by the words before it."""
    before = around.before[1]
    if word in _CLAUSES and (before in _EITHER or (around.previous[-1:] or " ") in _PAUSES):
        return True
    return before in _ENDED.get(word, ())
