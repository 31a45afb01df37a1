"""What training reads comes out alike in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from composer.engine.text.entities import EntityRecognizer
from composer.engine.text.features import FeatureExtractor
from composer.engine.train.corpus import Conversation, Corpus
from composer.engine.types import Turn

NUMBERED = """
from composer.engine.train.corpus import Conversation
from composer.engine.train.reading import read_vocabulary
from composer.engine.types import Turn

said = [f"{word} is here and {word} was there" for word in "one two three four five six seven eight".split()]
talk = [Conversation([Turn("agent", text)]) for text in said]  # each of another customer
print(*read_vocabulary(lambda: iter(talk), [], lambda *_: None)[0].numbers)
"""


def test_words_have_the_same_numbers_in_every_process() -> None:
    def numbered(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run([sys.executable, "-c", NUMBERED], env=environment, check=True, capture_output=True).stdout

    first, second = numbered("1"), numbered("2")
    assert first.startswith(b"is here and was there")
    assert first == second


def shared_texts(told: Sequence[tuple[str, str]], listed: Sequence[str] = ()) -> set[str]:
    """Of texts with the customer told each, those that may be offered."""
    corpus = Corpus(FeatureExtractor(EntityRecognizer(frozenset(), frozenset()), {}))
    for customer, text in told:
        corpus.add(Conversation([Turn("agent", text)], customer=customer))
    corpus.publish(listed)
    return {text for text, is_shared in zip(corpus.templates, corpus.shared(), strict=True) if is_shared}


def test_a_comma_makes_no_other_text_for_privacy() -> None:
    told = [("one", "well, that is all."), ("two", "Well that is all"), ("three", "well... that is all!")]
    assert shared_texts(told) == {"well, that is all.", "well that is all", "well... that is all!"}
    assert shared_texts(told[:2]) == set()
    assert shared_texts([*told[:2], ("two", "well that is all?")]) == set(), "two customers, told three times"


def test_marks_inside_of_words_tell_texts_apart() -> None:
    assert shared_texts([("one", "it is a.b-c"), ("two", "it is ab-c"), ("three", "it is a.bc")]) == set()


def test_what_a_list_says_needs_no_customers() -> None:
    assert shared_texts([("one", "That is all."), ("one", "that is mine")], ["that is all."]) == {"that is all."}
