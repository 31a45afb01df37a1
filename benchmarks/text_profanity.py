"""The filter's figures: evaluation set, disguises and innocents of our own, floods; and better-profanity by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.chats import agent_texts, every_text
from benchmarks.clock import percentiles, started, timed
from benchmarks.text_variations import disguised, innocent_codes, innocent_words
from safety.engine.blocklist import ProfanityEngine

Check = Callable[[str], bool]
SENTENCES = ("tweets", "hatecheck", "chat_clean", "chat_profane")
FLOODS = ("a" * 200_000, "f*" * 100_000, "f x " * 50_000, "shitx " * 33_333, "ab " * 66_666, "ё́" * 100_000)
PEER_ROWS = 1_000


def judge(name: str, check: Check, rows: list[dict[str, Any]]) -> tuple[Counter[tuple[str, str]], list[float]]:
    """Count and print what `check` says to each row, by set."""
    counts: Counter[tuple[str, str]] = Counter()
    times = []
    for row in rows:
        found, took = timed(check, row["text"])
        times.append(took)
        for group in (row["set"], *(("sentences",) if row["set"] in SENTENCES else ())):
            counts[group, f"{'t' if bool(found) == row['profane'] else 'f'}{'p' if found else 'n'}"] += 1
    print(f"\n{name}: {percentiles(times)}")
    for group in sorted({group for group, _ in counts}):
        hit, false, missed, clean = (counts[group, kind] for kind in ("tp", "fp", "fn", "tn"))
        shares = []
        if hit + missed:
            shares.append(f"found {100 * hit / (hit + missed):.2f} %")
        if false + clean:
            shares.append(f"false {100 * false / (false + clean):.2f} %")
        if hit + missed and false + clean:
            shares.append(f"F1 {200 * hit / (2 * hit + false + missed):.2f} %")
        print(f"  {group:20} {hit + false + missed + clean:5}  {', '.join(shares)}")
    return counts, times


def bare_better_profanity() -> Check:
    """better-profanity as it comes."""
    from better_profanity import Profanity

    filter_ = Profanity()
    filter_.contains_profanity("hello")
    check: Check = filter_.contains_profanity
    return check


def variations(engine: ProfanityEngine, data: Path) -> None:
    """What the evaluation set does not hold."""
    twacs = list(agent_texts(str(data / "twacs" / "train.csv.gz")))
    asked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for kind, text in disguised(twacs[:5_000], 150):
        asked[kind] += 1
        found[kind] += engine.has_profanity(text)
    print(f"  own disguises: {100 * found.total() / asked.total():.2f} % of {asked.total()} found, the least:", end=" ")
    worst = sorted(asked, key=lambda kind: found[kind] / asked[kind])[:3]
    print(", ".join(f"{kind} {100 * found[kind] / asked[kind]:.1f} %" for kind in worst))
    words = list(innocent_words())
    hits = Counter(hits[0].kind for text in words if (hits := engine.hits(text)))
    listed = hits.pop("word", 0)
    print(f"  own innocents: {len(words)} dictionary words, {listed} on the list, {hits.total()} others stopped")
    codes = list(innocent_codes(5_000))
    print(f"  own innocents: {sum(map(engine.has_profanity, codes))} of {len(codes)} codes, rooms and amounts stopped")
    chats = set(twacs)
    for name in ("star", "sgd"):
        file = "train.csv" if name == "star" else "train.csv.gz"
        chats |= set(every_text(str(data / name / file)))
    stopped = [text for text in sorted(chats) if engine.has_profanity(text)]
    print(
        f"  own clean chat: {len(stopped)} of {len(chats)} messages stopped ({100 * len(stopped) / len(chats):.3f} %)"
    )


def run(rows: list[dict[str, Any]], data: Path, with_peers: bool) -> None:
    """Print everything about profanity."""
    engine, seconds, megabytes = started(ProfanityEngine)
    judge(f"profanity (load {seconds:.2f} s, {megabytes:.0f} MB)", engine.has_profanity, rows)
    variations(engine, data)
    worst = max(timed(engine.has_profanity, text)[1] for text in FLOODS)
    print(f"  200 KB of hostile text: {worst / 1000:.2f} s at worst")
    if not with_peers:
        return
    check, seconds, megabytes = started(bare_better_profanity)
    sample = rows[:PEER_ROWS]
    name = f"bare better-profanity, {PEER_ROWS:,} of the texts (load {seconds:.2f} s, {megabytes:.0f} MB)"
    theirs, their_times = judge(name, check, sample)
    mine, my_times = judge(f"profanity, the same {PEER_ROWS:,}", engine.has_profanity, sample)
    mistakes = [sum(number for (_, kind), number in one.items() if kind in ("fp", "fn")) for one in (mine, theirs)]
    print(f"  ratio: mistakes {mistakes[0] / max(1, mistakes[1]):.3f} ({mistakes[0]} of {mistakes[1]})", end=", ")
    print(f"time {sum(my_times) / sum(their_times):.4f}")
