"""How good and how fast the text engines are, beside the libraries inside them by themselves, in one run.

    python -m benchmarks.text --data ../shared/data --eval ../shared/eval-text [--peers] [--only spelling,redaction]

`--eval`: spell_dev.jsonl and profanity_dev.jsonl. `--data`: folders star, sgd and twacs with train and dev transcripts.
The redaction set and the variations are made anew from templates and transcripts; see docs/text.md for the figures.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

from benchmarks import text_profanity, text_redaction, text_spelling

PARTS = ("spelling", "profanity", "redaction")


def rows_of(path: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    random.Random(5).shuffle(found)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--peers", action="store_true", help="also the bare libraries")
    parser.add_argument("--only", default=",".join(PARTS))
    options = parser.parse_args()
    parts = options.only.split(",")
    if "spelling" in parts:
        text_spelling.run(rows_of(options.eval / "spell_dev.jsonl"), options.data, options.peers)
    if "profanity" in parts:
        text_profanity.run(rows_of(options.eval / "profanity_dev.jsonl"), options.data, options.peers)
    if "redaction" in parts:
        text_redaction.run(options.data)


if __name__ == "__main__":
    main()
