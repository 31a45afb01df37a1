"""How good and how fast the three text engines are, beside the libraries they stand in for, in one run.

    python benchmarks/text.py --spelling DEV.jsonl --profanity DEV.jsonl --chats dev.csv ... [--peers]

The files are in the form of the project's evaluation sets (`text`, `cursorStart`, `cursorEnd`, `userDictionary`,
`gold`, `position`, `set`; `text`, `profane`, `set`). The redaction set is built from templates and the chats.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.redaction_set import build

Rows = list[dict[str, Any]]
CHAT_TYPOS = ("chat_natural", "chat_human", "chat_keyboard")
SENTENCES = ("tweets", "hatecheck", "chat_clean", "chat_profane")
CONFUSED = (("your", "you're"), ("their", "there", "they're"), ("its", "it's"), ("then", "than"), ("to", "too"))


def rows(path: str) -> Rows:
    found = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    random.Random(5).shuffle(found)
    return found


def started(make: Callable[[], Any]) -> tuple[Any, float, float]:
    """What `make` made, the seconds and the MB it took."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    made = make()
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return made, time.perf_counter() - start, used / 1024


def timed(call: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """The result and the milliseconds of this thread's processor time: other work on the machine does not count."""
    start = time.thread_time()
    result = call(*arguments)
    return result, (time.thread_time() - start) * 1000


def percentiles(times: list[float]) -> str:
    ordered = sorted(times)
    return f"p50 {ordered[len(ordered) // 2]:.3f} ms, p99 {ordered[len(ordered) * 99 // 100]:.3f} ms"


def spelling(name: str, correct: Callable[..., Any], data: Rows) -> tuple[Counter[tuple[str, str]], list[float]]:
    counts: Counter[tuple[str, str]] = Counter()
    times = []
    for row in data:
        found, took = timed(correct, row["text"], row["cursorStart"], row["cursorEnd"], row["userDictionary"])
        times.append(took)
        group = "chat typos" if row["set"] in CHAT_TYPOS else row["set"]
        counts[group, "n"] += 1
        if row["gold"] is None:
            counts[group, "false"] += found is not None
        elif found is None:
            counts[group, "left"] += 1
        else:
            is_right = found[1].lower() in {gold.lower() for gold in row["gold"]} and found[2] == row["position"]
            counts[group, "right" if is_right else "wrong"] += 1
    print(f"\n{name}: {percentiles(times)}")
    for group in dict.fromkeys(group for group, _ in counts):
        number = counts[group, "n"]
        if counts[group, "right"] + counts[group, "left"] + counts[group, "wrong"]:
            shares = ", ".join(f"{kind} {100 * counts[group, kind] / number:.1f} %" for kind in ("right", "wrong"))
        else:
            shares = f"false {1000 * counts[group, 'false'] / number:.2f} per 1,000"
        print(f"  {group:20} {number:5}  {shares}")
    return counts, times


def ours() -> Callable[..., Any]:
    from composer.engine.fluency import SpellingEngine

    engine = SpellingEngine()
    engine.correct("How is tihs ", 11, 12)

    def correct(text: str, start: int, end: int, known: list[str]) -> tuple[str, str, int] | None:
        found = engine.correct(text, start, end, known)
        return found and (found.misspelled, found.corrected, found.position)

    return correct


def bare_symspell() -> Callable[..., Any]:
    import importlib.resources

    from symspellpy import SymSpell, Verbosity

    symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    path = importlib.resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    symspell.load_dictionary(str(path), 0, 1)

    def correct(text: str, _start: int, end: int, known: list[str]) -> tuple[str, str, int] | None:
        if text[end - 1].isalnum():
            return None
        match = re.search(r"[^\W\d_]+(?:['’][^\W\d_]+)*(?=\W*$)", text[:end])
        if match is None or match[0].lower() in {word.lower() for word in known}:
            return None
        found = symspell.lookup(match[0].lower(), Verbosity.TOP, max_edit_distance=2)
        if not found or found[0].distance == 0:
            return None
        return match[0], found[0].term, match.start()

    return correct


def confusions(chats: list[str], each: int = 120) -> None:
    """Real-word errors put into the agents' sentences, half of the places left as they are."""
    from composer.engine.fluency import SpellingEngine

    engine, rng = SpellingEngine(), random.Random(3)
    others = {word: [other for other in words if other != word] for words in CONFUSED for word in words}
    places: dict[str, list[tuple[str, int]]] = {word: [] for word in others}
    for text in sorted({text for path in chats for text in agent_texts(path)}):
        for word in others:
            places[word] += [(text, match.start()) for match in re.finditer(rf"\b{word}(?= )", text)]
    for label, is_cut in (("with what follows", False), ("at the end of what is typed", True)):
        counts: Counter[str] = Counter()
        for word, found in places.items():
            for text, start in rng.sample(found, min(each, len(found))):
                for typed in (word, rng.choice(others[word])):
                    end = start + len(typed)
                    shown = text[:start] + typed + (" " if is_cut else text[start + len(word) :])
                    correction = engine.correct(shown, end, end + 1)
                    counts["places"] += typed != word
                    if correction is not None:
                        counts["right" if correction.corrected == word != typed else "wrong"] += 1
        share = counts["right"] / max(1, counts["right"] + counts["wrong"])
        print(f"  confusions {label}: {100 * counts['right'] / max(1, counts['places']):.1f} % of", end=" ")
        print(f"{counts['places']} found, precision {100 * share:.1f} %")


def agent_texts(path: str) -> Iterator[str]:
    with open(path, encoding="utf-8") as file:
        yield from (row["text"] for row in csv.DictReader(file) if row["sender_role"] == "agent")


def profanity(name: str, check: Callable[[str], bool], data: Rows) -> tuple[int, list[float]]:
    counts: Counter[tuple[str, str]] = Counter()
    times = []
    for row in data:
        found, took = timed(check, row["text"])
        times.append(took)
        for group in (row["set"], *(("sentences",) if row["set"] in SENTENCES else ())):
            counts[group, f"{'t' if bool(found) == row['profane'] else 'f'}{'p' if found else 'n'}"] += 1
    print(f"\n{name}: {percentiles(times)}")
    for group in dict.fromkeys(group for group, _ in counts):
        hit, false, missed, clean = (counts[group, kind] for kind in ("tp", "fp", "fn", "tn"))
        shares = []
        if hit + missed:
            shares.append(f"found {100 * hit / (hit + missed):.2f} %")
        if false + clean:
            shares.append(f"false {100 * false / (false + clean):.2f} %")
        if hit + missed and false + clean:
            shares.append(f"F1 {200 * hit / (2 * hit + false + missed):.2f} %")
        print(f"  {group:20} {hit + false + missed + clean:5}  {', '.join(shares)}")
    return counts["sentences", "fp"] + counts["sentences", "fn"], times


def bare_better_profanity() -> Callable[[str], bool]:
    from better_profanity import Profanity

    filter_ = Profanity()
    filter_.contains_profanity("hello")
    return filter_.contains_profanity


def flood(check: Callable[[str], bool]) -> None:
    worst = 0.0
    for text in ("a" * 200_000, "f*" * 100_000, "f x " * 50_000, "shitx " * 33_333, "ab " * 66_666, "ё́" * 100_000):
        worst = max(worst, timed(check, text)[1])
    print(f"  200 KB of hostile text: {worst / 1000:.2f} s at worst")


def redaction(chats: list[str]) -> None:
    from safety.engine.masking import Redactor

    redactor, seconds, megabytes = started(Redactor)
    counts: Counter[tuple[str, str]] = Counter()
    times = []
    for case in build(chats):
        masked, took = timed(redactor.redact, case.text)
        times.append(took)
        counts[case.kind, "n"] += 1
        if case.kind == "clean":
            counts[case.kind, "hit"] += masked != case.text
        else:
            around = sum(sign.isdigit() for sign in case.text.replace(case.secret, "", 1))
            counts[case.kind, "hit"] += case.secret not in masked and sum(map(str.isdigit, masked)) <= around
    print(f"\nredaction: {percentiles(times)}; load {seconds:.2f} s, {megabytes:.0f} MB")
    for kind in dict.fromkeys(kind for kind, _ in counts):
        word = "touched" if kind == "clean" else "masked"
        print(f"  {kind:20} {counts[kind, 'n']:5}  {word} {100 * counts[kind, 'hit'] / counts[kind, 'n']:.2f} %")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--spelling")
    parser.add_argument("--profanity")
    parser.add_argument("--chats", nargs="*", default=[])
    parser.add_argument("--peers", action="store_true", help="also the bare libraries")
    options = parser.parse_args()
    if options.spelling:
        data = rows(options.spelling)
        correct, seconds, megabytes = started(ours)
        mine, my_times = spelling(f"spelling (load {seconds:.2f} s, {megabytes:.0f} MB)", correct, data)
        if options.chats:
            confusions(options.chats)
        if options.peers:
            peer, seconds, megabytes = started(bare_symspell)
            theirs, times = spelling(f"bare symspellpy (load {seconds:.2f} s, {megabytes:.0f} MB)", peer, data)
            errors = [sum(c["chat typos", k] for k in ("left", "wrong")) for c in (mine, theirs)]
            print(f"  ratio: chat typos not right {errors[0] / errors[1]:.2f}, time {sum(my_times) / sum(times):.2f}")
    if options.profanity:
        from safety.engine.blocklist import ProfanityEngine

        data = rows(options.profanity)
        engine, seconds, megabytes = started(ProfanityEngine)
        mistakes, my_times = profanity(
            f"profanity (load {seconds:.2f} s, {megabytes:.0f} MB)", engine.has_profanity, data
        )
        flood(engine.has_profanity)
        if options.peers:
            check, seconds, megabytes = started(bare_better_profanity)
            sample = data[:1000]
            name = f"bare better-profanity, 1,000 of the texts (load {seconds:.2f} s, {megabytes:.0f} MB)"
            theirs, times = profanity(name, check, sample)
            own, my_times = profanity("profanity, the same 1,000", engine.has_profanity, sample)
            print(
                f"  ratio: mistakes {own / max(1, theirs):.2f}, time {sum(my_times) / sum(times):.4f}; all {mistakes}"
            )
    redaction(options.chats)


if __name__ == "__main__":
    main()
