"""Build composer/engine/fluency/data/en.bin from public word lists and chat transcripts.

    python benchmarks/build_fluency.py --scowl60 american-english british-english \
        --scowl80 american-english-huge british-english-huge --names names.txt --extra benchmarks/fluency_extra.txt \
        --chats star/train.csv sgd/train.csv.gz --out composer/engine/fluency/data/en.bin

The word lists are those of Debian's wamerican, wbritish, wamerican-huge and wbritish-huge; names.txt is printed by
fluency_names.py; the same inputs give the same file.

Needs `wordfreq` (offline only, not a dependency of the product) and symspellpy. Sources and licences are listed
in composer/engine/fluency/data/README.md. Chat text enters as counts of words, pairs and triples, never as text.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import importlib.resources
import json
import math
import re
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from composer.engine.fluency.index import deletes, letters_of
from composer.engine.fluency.store import LISTED, PROPER, STEPS_A_TEN, STRONG, TARGET, key_of

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_BUCKET_BITS = 19
_MOST_TARGETS = 65_000
START = "<s>"


def quantised(share: float) -> int:
    return max(0, min(255, round(-math.log10(max(share, 1e-13)) * STEPS_A_TEN)))


def lines(path: str) -> Iterator[str]:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        word = line.strip().removesuffix("'s")
        if word and "#" not in line:
            yield word


def sentences(paths: list[str]) -> Iterator[list[str]]:
    """The words of agents' sentences; what is no word breaks the run."""
    for path in paths:
        opener = gzip.open if path.endswith(".gz") else open
        with opener(path, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["sender_role"] != "agent":
                    continue
                for sentence in re.split(r"[.!?\n]+(?:\s|$)", row["text"]):
                    yield [
                        word.lower().replace("’", "'") if (word := token.strip(".,;:!?\"'()[]“”")) else "#"
                        for token in sentence.split()
                    ]


def chat_counts(paths: list[str]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    single: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    triples: Counter[str] = Counter()
    for words in sentences(paths):
        run = [START, *("#" if not _WORD.fullmatch(word) else word for word in words)]
        single.update(run)
        pairs.update(f"{a} {b}" for a, b in pairwise(run))
        triples.update(f"{a} {b} {c}" for a, b, c in zip(run, run[1:], run[2:], strict=False))
    return single, pairs, triples


def general_pairs() -> dict[str, int]:
    path = importlib.resources.files("symspellpy") / "frequency_bigramdictionary_en_243_342.txt"
    found = {}
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        parts = line.split()
        if len(parts) == 3:
            found[f"{parts[0]} {parts[1]}"] = int(parts[2])
    return found


def is_sure(word: str, share: float, everyday: bool) -> bool:
    """Never a slip? The shorter and rarer a word, the likelier that somebody meant another: wis for wish."""
    if len(word) == 1:
        return word in "ai"
    if len(word) <= 3:
        return everyday and share >= 1e-5
    if len(word) <= 5:
        return share >= (1e-6 if everyday else 1e-5)
    return everyday or share >= 1e-6


def column(shares: dict[str, float]) -> tuple[bytes, bytes]:
    rows = sorted({key_of(text): quantised(share) for text, share in sorted(shares.items())}.items())
    return array("I", [key for key, _ in rows]).tobytes(), bytes(value for _, value in rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("scowl60", "scowl80", "names", "chats", "extra"):
        parser.add_argument(f"--{name}", nargs="+", default=[])
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    import wordfreq  # here, so that --help works without it

    everyday = {word for path in options.scowl60 for word in lines(path)}
    large = {word for path in options.scowl80 for word in lines(path)}
    names = {word.lower() for path in options.names for word in lines(path)}
    extra = {word.lower() for path in options.extra for word in Path(path).read_text(encoding="utf-8").split()}
    share = {
        word: frequency
        for word, frequency in wordfreq.get_frequency_dict("en", "large").items()
        if _WORD.fullmatch(word)
    }
    single, pairs, triples = chat_counts(options.chats)
    total = sum(single.values())
    lower_everyday = {word for word in everyday if word == word.lower()}
    lower_large = {word for word in large if word == word.lower()}
    proper = ({word.lower() for word in everyday | large} | names) - lower_everyday - lower_large
    strong = extra | {
        word for word in lower_everyday | lower_large if is_sure(word, share.get(word, 0.0), word in lower_everyday)
    }
    known = strong | lower_large | proper | {word for word in share if share[word] >= 2e-8}
    flags, general, chat = {}, {}, {}
    for word in known:
        prior = share.get(word, 0.0)
        curated = word in strong or word in lower_large or word in proper
        general[word] = max(prior, 3e-9) if curated else prior * 0.3
        flags[word] = (STRONG if word in strong else 0) | (PROPER if word in proper else 0) | (LISTED if curated else 0)
        chat[word] = single[word] / total if curated else 0.0  # a slip seen in chats is no word
    ranked = sorted(
        (word for word in strong | {w for w in lower_large | lower_everyday if share.get(w, 0) > 3e-7}),
        key=lambda word: (-(general[word] + chat[word]), word),
    )
    targets = [word for word in ranked if len(word) > 1][:_MOST_TARGETS]
    for word in targets:
        flags[word] |= TARGET
    write(Path(options.out), targets, flags, general, chat, pairs, triples, single)


def ngrams(flags, chat, single, pairs, triples) -> dict[str, bytes]:
    """Columns of pairs and triples: each share is that of the last word after the words before it."""
    sections = {}
    usable = {word for word in flags if chat[word]} | {START, "#"}
    pair_shares = {
        p: n / single[p.split()[0]]
        for p, n in pairs.items()
        if set(p.split()) <= usable and (n > 1 or single[p.split()[1]] > 3)
    }
    triple_shares = {
        t: n / pairs[t.rsplit(" ", 1)[0]] for t, n in triples.items() if n > 1 and set(t.split()) <= usable
    }
    general_counts = general_pairs()
    ends: Counter[str] = Counter()
    for pair, number in general_counts.items():
        ends[pair.split()[0]] += number
    # The list holds only frequent pairs, so a share of the listed ones is a little too high.
    general_shares = {
        p: 0.7 * n / ends[p.split()[0]] for p, n in general_counts.items() if set(p.split()) <= flags.keys()
    }
    for name, shares in (("pairs", pair_shares), ("triples", triple_shares), ("general_pairs", general_shares)):
        sections[name + "_keys"], sections[name] = column(shares)
    return sections


def write(path, targets, flags, general, chat, pairs, triples, single) -> None:
    rows = sorted({key_of(word): word for word in sorted(flags)}.items())
    sections: dict[str, bytes] = {
        "targets": "\n".join(targets).encode(),
        "words": array("I", [key for key, _ in rows]).tobytes(),
        "flags": bytes(flags[word] for _, word in rows),
        "general": bytes(quantised(general[word]) for _, word in rows),
        "chat": bytes(quantised(chat[word]) for _, word in rows),
    }
    sections |= ngrams(flags, chat, single, pairs, triples)
    buckets: list[list[int]] = [[] for _ in range(1 << _BUCKET_BITS)]
    for number, word in enumerate(targets):
        for part in deletes(word):
            buckets[key_of(part) >> (32 - _BUCKET_BITS)].append(number)
    offsets, members = array("I", [0]), array("H")
    for bucket in buckets:
        members.extend(sorted(set(bucket)))
        offsets.append(len(members))
    sections["buckets"], sections["members"] = offsets.tobytes(), members.tobytes()
    sections["letters"] = array("I", [letters_of(word) for word in targets]).tobytes()
    head, body = {}, bytearray()
    for name, data in sections.items():
        head[name] = [len(body), len(data)]
        body += data + b"\0" * (-len(data) % 8)
    line = json.dumps(head).encode() + b"\n"
    path.write_bytes(line + b"\0" * ((len(line) + 7) // 8 * 8 - len(line)) + body)
    print(path, path.stat().st_size, {name: len(data) for name, data in sections.items()}, len(targets), len(flags))


if __name__ == "__main__":
    main()
