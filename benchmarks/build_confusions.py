"""Build composer/engine/fluency/data/confusions_en.bin: the models of `fluency.confusion_models`.

    python -m benchmarks.build_confusions --chats star/train.csv sgd/train.csv.gz --prose django-5.2.tar.gz ... \
        --out composer/engine/fluency/data/confusions_en.bin

Chats are transcripts, prose the source archives of packages (composer/engine/fluency/data/README.md names them). Only
weights of hashed surroundings and kinds of hashed words go into the file, no text can be read from it. The same inputs
give the same file. Margins are set on the chats alone, by fits that did not see them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.chats import every_text
from benchmarks.prose import paragraphs
from benchmarks.word_kinds import kinds_of
from composer.engine.fluency.confusion_fit import LANGUAGE, fit, packed, uses
from composer.engine.fluency.confusion_models import ConfusionModels


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chats", nargs="+", required=True)
    parser.add_argument("--prose", nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    chats = sorted({text for path in options.chats for text in every_text(path)})
    prose = sorted({text for path in options.prose for text in paragraphs(path)})
    kinds = kinds_of(chats)
    opened = ConfusionModels(packed([], kinds)).kinds
    assert opened is not None
    models = fit([*uses(chats, opened), *uses(prose, opened, is_chat=False)], LANGUAGE)
    options.out.write_bytes(packed(models, kinds))
    for model in models:
        print(model.pair, len(model.weights), round(model.first_below, 2), round(model.second_from, 2))


if __name__ == "__main__":
    main()
