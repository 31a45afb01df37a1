"""The speller's figures: evaluation set, own variations, confusions, a company's words; and symspellpy by itself."""

from __future__ import annotations

import importlib.resources
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.chats import agent_conversations, agent_texts, every_text
from benchmarks.clock import percentiles, started, timed
from benchmarks.text_variations import clean_words, hard_tokens, slips
from composer.engine.fluency import Learned, SpellingEngine, learn, ranker_of
from composer.engine.fluency.confusion_fit import OwnUses
from composer.engine.fluency.confusion_models import confusions_of

Rows = list[dict[str, Any]]
Correct = Callable[[str, int, int, list[str]], tuple[str, str, int] | None]
CHAT_TYPOS = ("chat_natural", "chat_human", "chat_keyboard")
CONFUSED = (("your", "you're"), ("their", "there", "they're"), ("its", "it's"), ("then", "than"), ("to", "too"))
EACH = 120  # places of each confused word


def ours() -> Correct:
    engine = SpellingEngine()
    engine.correct("How is tihs ", 11, 12)

    def correct(text: str, start: int, end: int, known: list[str]) -> tuple[str, str, int] | None:
        found = engine.correct(text, start, end, known)
        return (found.misspelled, found.corrected, found.position) if found else None

    return correct


def bare_symspell() -> Correct:
    """Symspellpy as it comes: its dictionary, its look-up, the best suggestion."""
    from symspellpy import SymSpell, Verbosity

    symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    path = importlib.resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    symspell.load_dictionary(str(path), 0, 1)

    def correct(text: str, _: int, end: int, known: list[str]) -> tuple[str, str, int] | None:
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


def judge(name: str, correct: Correct, data: Rows) -> tuple[Counter[tuple[str, str]], list[float]]:
    """Count and print what `correct` does with each row, by set."""
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
    for group in sorted({group for group, _ in counts}):
        number = counts[group, "n"]
        if counts[group, "right"] + counts[group, "left"] + counts[group, "wrong"]:
            shares = ", ".join(f"{kind} {100 * counts[group, kind] / number:.1f} %" for kind in ("right", "wrong"))
        else:
            shares = f"false {1000 * counts[group, 'false'] / number:.2f} per 1,000"
        print(f"  {group:20} {number:5}  {shares}")
    return counts, times


def _unseen_texts(paths: Iterable[str], trained_on: Iterable[str]) -> list[str]:
    """What agents wrote in `paths` and nobody wrote, word for word, in the texts that models were built from."""
    seen = {text for path in trained_on for text in every_text(path)}
    return sorted({text for path in paths for text in agent_texts(path)} - seen)


def own_models(paths: Iterable[str]) -> Learned:
    """What a company's training learns about these words from its transcripts."""
    language = confusions_of("en")
    uses = OwnUses(language.kinds if language else None)
    for path in paths:
        uses.take(agent_texts(path))
    return Learned(confusions=uses.packed())


class Confusions:
    """Real-word errors put into agents' sentences, and every right use left as it is."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._others = {word: [other for other in words if other != word] for words in CONFUSED for word in words}
        self._places: dict[str, list[tuple[str, int]]] = {word: [] for word in self._others}
        for text in texts:
            for word in self._others:
                self._places[word] += [(text, match.start()) for match in re.finditer(rf"\b{word}(?= )", text)]

    def judge(self, label: str, engine: SpellingEngine, verbose: bool = False) -> None:
        for view, is_cut in (("with what follows", False), ("at the end", True)):
            rng = random.Random(3)
            counts: Counter[str] = Counter()
            for word, found in self._places.items():
                here = self._errors(engine, rng.sample(found, min(EACH, len(found))), word, rng, is_cut)
                here["uses"] = len(found)
                here["touched"] = sum(_corrected(engine, *place, word, word, is_cut) is not None for place in found)
                counts += here
                if verbose:
                    print(f"    {word:8} {_shares(here)}")
            print(f"  confusions, {label}, {view}: {_shares(counts)}")

    def _errors(
        self, engine: SpellingEngine, places: list[tuple[str, int]], word: str, rng: random.Random, is_cut: bool
    ) -> Counter[str]:
        counts: Counter[str] = Counter()
        for text, start in places:
            for typed in (word, rng.choice(self._others[word])):
                corrected = _corrected(engine, text, start, word, typed, is_cut)
                counts["errors"] += typed != word
                if corrected is not None:
                    counts["right" if corrected == word != typed else "wrong"] += 1
        return counts


def _corrected(engine: SpellingEngine, text: str, start: int, word: str, typed: str, is_cut: bool) -> str | None:
    """What becomes of `typed` in the place of `word`, with what follows or at the end of the text."""
    end = start + len(typed)
    shown = text[:start] + typed + (" " if is_cut else text[start + len(word) :])
    found = engine.correct(shown, end, end + 1)
    return found.corrected if found else None


def _shares(counts: Counter[str]) -> str:
    share = counts["right"] / max(1, counts["right"] + counts["wrong"])
    return (
        f"{100 * counts['right'] / max(1, counts['errors']):.1f} % of {counts['errors']} found, precision"
        f" {100 * share:.1f} %; {1000 * counts['touched'] / max(1, counts['uses']):.2f} of 1,000 right uses touched"
    )


def confusions(data: Path) -> None:
    """Confusions in texts that no model was built from: as it ships, and after a company's own training."""
    for names in (("star", "sgd"), ("twacs",)):
        train = [str(next((data / name).glob("train.csv*"))) for name in names]
        found = Confusions(_unseen_texts([str(data / name / "dev.csv") for name in names], train))
        label = " and ".join(names)
        found.judge(label, SpellingEngine())
        found.judge(f"{label}, trained", SpellingEngine(own_models(train)))


def company_words(path: str, planted: int = 100, seed: int = 16) -> None:
    """Typos and product names planted in transcripts: which become words of the company?"""
    rng, ranker = random.Random(seed), ranker_of("en")
    assert ranker is not None
    talks = [list(said) for said in agent_conversations(path)]
    typos = {row["word"]: row for row in slips((text for said in talks for text in said), planted)}
    names = {"".join(rng.choice(pair) for pair in (("Vex", "Zor", "Quil", "Brin", "Tal", "Nex"), ("tra", "bli", "dox",
             "mira", "phor", "lune"), ("", "n", "x", "io"))) for _ in range(planted)}  # fmt: skip
    for word in [*typos, *names]:
        for said in rng.sample(talks, rng.randint(4, 12)):
            said.append(f"Please see the {word} first.")
    found, seconds, megabytes = started(lambda: learn((("", said) for said in talks), (), ranker))
    learnt = [sum(word.lower() in found.share for word in group) for group in (typos, names)]
    print(
        f"  company words from {len(talks)} conversations, {seconds:.1f} s, {megabytes:.0f} MB: {len(found.share)};"
        f" of {len(typos)} planted typos {learnt[0]}, of {len(names)} planted names {learnt[1]}"
    )


def run(rows: Rows, data: Path, with_peers: bool) -> None:
    """Print everything about spelling."""
    correct, seconds, megabytes = started(ours)
    twacs = list(agent_texts(str(data / "twacs" / "train.csv.gz")))
    counts, times = judge(f"spelling (load {seconds:.2f} s, {megabytes:.0f} MB)", correct, rows)
    names = sorted(_names(data))
    own = slips(twacs, 3_000) + clean_words(twacs, 6_000) + hard_tokens(names)
    own_counts, own_times = judge("spelling, our own variations", correct, own)
    confusions(data)
    company_words(str(data / "twacs" / "train.csv.gz"))
    if not with_peers:
        return
    peer, seconds, megabytes = started(bare_symspell)
    theirs, their_times = judge(f"bare symspellpy (load {seconds:.2f} s, {megabytes:.0f} MB)", peer, rows)
    theirs_own, _ = judge("bare symspellpy, our own variations", peer, own)
    for label, mine, other, group in (
        ("chat typos", counts, theirs, "chat typos"),
        ("own slips", own_counts, theirs_own, "own slips"),
    ):
        errors = [sum(one[group, kind] for kind in ("left", "wrong")) for one in (mine, other)]
        wrong = [one[group, "wrong"] for one in (mine, other)]
        print(f"  ratio, {label}: not right {errors[0] / errors[1]:.2f}, wrong {wrong[0] / wrong[1]:.2f}")
    print(f"  ratio, time: {sum(times) / sum(their_times):.2f}")
    del own_times


def _names(data: Path) -> set[str]:
    """Names of agents and customers, of which the engines know nothing."""
    import csv

    found = set()
    for name in ("star", "sgd", "twacs"):
        with (data / name / "dev_conversations.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for said in (row["agent_name"], row["customer_name"]):
                    found |= {part for part in said.split() if part.isalpha() and part[0].isupper()}
    return found
