"""What the trained suggestion engine is worth and how fast it is.

    python -m benchmarks.suggestions --data DIR --scorer DIR [--corpora star,sgd,twacs] [--split dev]
        [--turns 2000] [--keystrokes 300] [--ranks 1000] [--parts quality,cold,facts,ablation,speed]

DIR of the data holds a folder for each corpus (train.csv, dev.csv, global_responses.csv, their conversations),
DIR of the scorer holds score.py and protocol.py. Everything runs in this process, in one thread.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import os
import platform
import resource
import sys
import time
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

# One thread, before numpy is loaded.
from benchmarks.suggestion_facts import Facts, foreign  # noqa: E402
from benchmarks.suggestions_adapter import ListOnly, Ranking, entries  # noqa: E402
from benchmarks.suggestions_speed import print_speed  # noqa: E402
from composer.engine.serve.engine import RankingEngine  # noqa: E402
from composer.engine.serve.settings import Settings  # noqa: E402

# What each part adds: the engine without it, told by settings or by what it may see.
ABLATIONS: dict[str, dict[str, Any]] = {
    "no spreading over what may be meant": {"diversify": False},
    "no entries written out with facts": {"variants": False},
    "no values of the conversation as phrases": {"complete_values": False},
    "lists only, no learned responses": {"transcripts": False},
}


class Corpus:
    """The held-out conversations of one corpus and a trained adapter."""

    def __init__(self, data: Path, scorer: Path, split: str) -> None:
        sys.path.insert(0, str(scorer))
        self.protocol = importlib.import_module("protocol")
        self.score = importlib.import_module("score")
        self.name, self.data = data.name, data
        self.held = self.protocol.load_transcripts(str(data / f"{split}.csv"))
        self.info = self.protocol.load_conversations(str(data / f"{split}_conversations.csv"))

    def trained(self, kind: type[Ranking]) -> Ranking:
        adapter = kind()
        paths = (str(self.data / f"{name}.csv") for name in ("train", "global_responses", "train_conversations"))
        adapter.fit(*paths)
        return adapter

    def measure(self, adapter: Ranking, turns: int, keystrokes: int, ranks: int) -> dict[str, Any]:
        return dict(self.score.evaluate(adapter, self.held, self.info, turns, keystrokes, ranks))


def line(label: str, result: dict[str, Any]) -> str:
    ranking = result.get("ranking") or {}
    return (
        f"{label:44} exact {result['hit3_exact']}  soft {result['hit3_soft']}  R@1 {ranking.get('r1')}  "
        f"keystrokes {result['kss']} (strict {result['kss_strict']})  phrase precision {result['phrase_precision']} "
        f"of {result['phrase_offers']}"
    )


def print_facts(corpus: Corpus, adapter: Ranking, turns: int) -> None:
    """Share of offers, on empty and half-typed messages, that say a fact of elsewhere."""
    protocol = corpus.protocol
    train = protocol.load_transcripts(str(corpus.data / "train.csv"))
    facts = Facts.learn(message["text"] for messages in train.values() for message in messages)
    listed = {entry.text for entry in entries(str(corpus.data / "global_responses.csv"))}
    offers = strict = learned = hits = unsafe = 0
    for key, place in protocol.sample_turns(corpus.held, turns):
        handle = adapter.start(corpus.score.conv_info(corpus.info, key, corpus.held))
        for message in corpus.held[key][:place]:
            adapter.add(handle, message)
        scene = adapter.scene(handle)
        heard = " ".join([*(turn.text for turn in scene.turns), *scene.inserts.values()]).casefold()
        said = corpus.held[key][place]["text"]
        prepared = adapter.prepared(handle)
        for query in ("", said[: len(said) // 4], said[: len(said) // 2]):
            answer = prepared.suggest(query)
            for text in [offer.text for offer in answer.replies] + [answer.phrase] * bool(answer.phrase):
                found = foreign(facts.of(text), heard + " " + query.casefold())
                offers += 1
                strict += bool(found)
                learned += bool(found) and text not in listed
            if not query:
                good = [o.text for o in answer.replies if protocol.soft_hit(o.text, said)]
                hits += bool(good)
                unsafe += bool(good) and all(foreign(facts.of(text), heard) and text not in listed for text in good)
    print(
        f"  foreign facts: {100 * learned / max(offers, 1):.2f}% of {offers} offers; "
        f"{100 * strict / max(offers, 1):.2f}% with those of list entries as deployed; "
        f"soft hits without a fact-safe offer {100 * unsafe / max(hits, 1):.2f}%"
    )


def print_ablation(corpus: Corpus, adapter: Ranking, sizes: tuple[int, int, int]) -> None:
    engine = adapter.engine
    listed = entries(str(corpus.data / "global_responses.csv"))
    for label, change in ABLATIONS.items():
        settings = dataclasses.replace(Settings(), **change)
        adapter.engine = RankingEngine(engine.model, listed, settings)
        print("  " + line(label, corpus.measure(adapter, *sizes)))
    adapter.engine, adapter.names = engine, False
    print("  " + line("customer's name unknown", corpus.measure(adapter, *sizes)))
    adapter.names = True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scorer", type=Path, required=True)
    parser.add_argument("--corpora", default="star,sgd,twacs")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--turns", type=int, default=2000)
    parser.add_argument("--keystrokes", type=int, default=300)
    parser.add_argument("--ranks", type=int, default=1000)
    parser.add_argument("--parts", default="quality,cold,facts,ablation,speed")
    arguments = parser.parse_args()
    parts = set(arguments.parts.split(","))
    print(time.strftime("%Y-%m-%d"), platform.machine(), f"{os.cpu_count()} cores, Python", platform.python_version())
    for name in arguments.corpora.split(","):
        corpus = Corpus(arguments.data / name, arguments.scorer, arguments.split)
        sizes = (arguments.turns, arguments.keystrokes, arguments.ranks)
        adapter = corpus.trained(Ranking)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        seconds = f"{adapter.train_seconds:.0f} s ({adapter.train_used:.0f} s of the processor)"
        print(f"{name}: {adapter.measured} in {seconds}, peak {peak:.0f} MB so far")
        if "quality" in parts:
            print("  " + line("trained", corpus.measure(adapter, *sizes)), flush=True)
        if "facts" in parts:
            print_facts(corpus, adapter, min(arguments.turns, 500))
        if "cold" in parts:
            cold = corpus.trained(ListOnly)
            print("  " + line("list only", corpus.measure(cold, *sizes)), flush=True)
            cold.close()
        if "ablation" in parts:
            print_ablation(corpus, adapter, (arguments.turns // 4, arguments.keystrokes // 3, 0))
        if "speed" in parts:
            print_speed(corpus, adapter)
            parts.discard("speed")
        adapter.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
