"""What training reads comes out alike in every process."""

from __future__ import annotations

import os
import subprocess
import sys

NUMBERED = """
from composer.engine.ranking.corpus import Conversation, learn_reader
from composer.engine.types import Turn

said = [f"{word} is here and {word} was there" for word in "one two three four five six seven eight".split()]
talk = [Conversation([Turn("agent", text) for text in said])]
print(*learn_reader(lambda: iter(talk), [], lambda *_: None)[0].numbers)
"""


def test_words_have_the_same_numbers_in_every_process() -> None:
    def numbered(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run([sys.executable, "-c", NUMBERED], env=environment, check=True, capture_output=True).stdout

    first, second = numbered("1"), numbered("2")
    assert first.startswith(b"is here and was there")
    assert first == second
