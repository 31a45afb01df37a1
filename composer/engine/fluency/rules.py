"""Corrections that need no dictionary: contractions, the lone i, a and an, doubled words, sentence capitals.

Each rule looks at one completed word and says what it should be, or nothing.
"""

from __future__ import annotations

from composer.engine.fluency.cursor import Completed

# Written without the apostrophe these are no words, or words that nobody writes in a chat (cant, wont).
_WITH_APOSTROPHE = (
    "ain't aren't can't couldn't didn't doesn't don't hadn't hasn't haven't isn't mustn't needn't "
    "shouldn't wasn't weren't won't wouldn't I'm I've you're you've you'll you'd they're they've "
    "they'll they'd we've he's she's that's what's where's there's here's it'll that'll there'll "
    "who've how's when's why's could've should've would've might've must've y'all o'clock"
)
_CONTRACTIONS = {joined.replace("'", "").lower(): joined for joined in _WITH_APOSTROPHE.split()}
_SLIPPED = {"dosent": "doesn't", "doesnt'": "doesn't", "arnt": "aren't", "wernt": "weren't", "havnt": "haven't"}
_FIRST_PERSON = {"i": "I", "i'm": "I'm", "i'll": "I'll", "i've": "I've", "i'd": "I'd"}
_EMPHATIC = "had that very really so no ha bye knock please much many blah yes ok is do"
_REPEATED_ON_PURPOSE = frozenset(_EMPHATIC.split())
_AN_BEFORE = ("hour", "honest", "honor", "honour", "heir")
_A_BEFORE = ("uni", "use", "usu", "usa", "uti", "uto", "eu", "ewe", "one", "once", "ubi", "ura", "uk")
_STILL_AN = ("unin", "unim", "unid", "unil")


def contraction(around: Completed) -> str | None:
    """Dont gives don't, im gives I'm."""
    word = around.word.lower().replace("’", "'")
    if around.word.isupper() and len(word) <= 3:
        return None  # IM and ID are abbreviations
    return _CONTRACTIONS.get(word) or _SLIPPED.get(word)


def first_person(around: Completed) -> str | None:
    """The lone i, with what may hang on it."""
    return _FIRST_PERSON.get(around.word.replace("’", "'")) if around.word[0] == "i" else None


def _sounds_like_vowel(word: str) -> bool:
    if word.startswith(_AN_BEFORE):
        return True
    if word.startswith(_A_BEFORE) and not word.startswith(_STILL_AN):
        return False
    return word[0] in "aeiou"


def article(around: Completed) -> str | None:
    """A or an, when the word behind the cursor is there already."""
    word, after = around.word.lower(), around.after
    if word not in ("a", "an") or len(after) < 3 or not after.isalpha():
        return None
    right = "an" if _sounds_like_vowel(after) else "a"
    return right if right != word else None


def is_doubled(around: Completed) -> bool:
    """The the: the same word twice with nothing but space between, and not for emphasis."""
    word = around.word.lower()
    return around.previous.lower() == word and around.gap.isspace() and word not in _REPEATED_ON_PURPOSE


def is_small_start(around: Completed) -> bool:
    """A sentence that starts with a small letter."""
    return around.starts_sentence and around.word.islower()
