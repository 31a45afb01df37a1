"""Suggestions of a whole desk, asked over HTTP: import, training and the scorer, each with its time.

    python -m benchmarks.suggestions_http --data DIR --scorer DIR [--corpus star] [--list-only]

DIR of the data holds a folder for each corpus, that of the scorer `score.py`. The desk is an embedded one of its
own. Imported are the train split and the response list; asked are the conversations of the dev split.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.throwaway import Desk, throwaway_desk

CORPORA = ("star", "sgd", "twacs")
SHOWN = ("turns", "hit3_exact", "hit3_soft", "kss", "phrase_offers", "phrase_precision", "cut_by_time_limit", "errors")


def file_of(folder: Path, name: str) -> str:
    plain = folder / name
    return str(plain if plain.exists() else plain.with_name(f"{name}.gz"))


def load(desk: Desk, corpus: Path, *, list_only: bool) -> None:
    name = corpus.name
    desk.manage("create_company", name, "--name", name)
    steps = [["import_responses", "--company", name, str(corpus / "global_responses.csv"), "--deploy", "production"]]
    if not list_only:
        about = file_of(corpus, "train_conversations.csv")
        steps.append(
            ["import_transcripts", "--company", name, file_of(corpus, "train.csv"), "--conversations", about,
             "--skip-bad-rows"]
        )  # fmt: skip
    steps.append(["train_suggestions", "--company", name, "--environment", "production"])
    for step in steps:
        started = time.perf_counter()
        said = desk.manage(*step).strip().splitlines()
        print(f"  {step[0]}: {time.perf_counter() - started:.1f} s: {said[-1] if said else ''}", flush=True)


def score(desk: Desk, corpus: Path, scorer: Path, seconds: int) -> dict[str, object]:
    keys = desk.credential(corpus.name)
    command = [
        sys.executable, str(scorer / "score.py"), "--data", str(corpus), "--split", "dev", "--http", desk.url,
        "--api-id", keys["asapp-api-id"], "--api-secret", keys["asapp-api-secret"], "--max-seconds", str(seconds),
    ]  # fmt: skip
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    found: dict[str, object] = json.loads(answer.stdout)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scorer", type=Path, required=True)
    parser.add_argument("--corpus", action="append", choices=CORPORA)
    parser.add_argument("--list-only", action="store_true", help="import no transcripts")
    parser.add_argument("--seconds", type=int, default=300)
    arguments = parser.parse_args()
    with throwaway_desk() as desk:
        desk.start()
        for name in arguments.corpus or CORPORA:
            print(name, flush=True)
            corpus = arguments.data / name
            load(desk, corpus, list_only=arguments.list_only)
            found = score(desk, corpus, arguments.scorer, arguments.seconds)
            print("  " + ", ".join(f"{key} {found[key]}" for key in SHOWN if key in found))
            print(f"  {found['latency_ms']}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
