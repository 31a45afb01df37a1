"""The redactor's figures on labelled sets made anew from templates and transcripts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from benchmarks.clock import percentiles, started, timed
from benchmarks.redaction_set import Case, build
from safety.engine.masking import Redactor

FLOODS = ("1" * 200_000, "1 " * 100_000, "a@" * 100_000, "(415) " * 33_000, "account is " * 18_000, "may 1 " * 33_000)


def is_taken_out(case: Case, masked: str) -> bool:
    """True when the secret is gone, and none of its digits are left beside those of the frame."""
    around = sum(sign.isdigit() for sign in case.text.replace(case.secret, "", 1))
    return case.secret not in masked and sum(map(str.isdigit, masked)) <= around


def judge(name: str, redactor: Redactor, cases: list[Case]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    times = []
    for case in cases:
        masked, took = timed(redactor.redact, case.text)
        times.append(took)
        counts[case.kind, "n"] += 1
        counts[case.kind, "hit"] += masked != case.text if case.kind == "clean" else is_taken_out(case, masked)
        assert redactor.redact(masked) == masked
    print(f"\n{name}: {percentiles(times)}")
    positives = sum(number for (kind, what), number in counts.items() if what == "n" and kind != "clean")
    found = sum(number for (kind, what), number in counts.items() if what == "hit" and kind != "clean")
    print(f"  all kinds            {positives:5}  masked {100 * found / positives:.2f} %")
    for kind in dict.fromkeys(kind for kind, _ in counts):
        word = "touched" if kind == "clean" else "masked"
        print(f"  {kind:20} {counts[kind, 'n']:5}  {word} {100 * counts[kind, 'hit'] / counts[kind, 'n']:.2f} %")


def run(data: Path) -> None:
    """Print everything about redaction."""
    redactor, seconds, megabytes = started(Redactor)
    chats = [str(data / "star" / "train.csv"), *(str(data / name / "train.csv.gz") for name in ("sgd", "twacs"))]
    judge(f"redaction (load {seconds:.2f} s, {megabytes:.0f} MB)", redactor, build(chats))
    judge("redaction, frames and shapes of our own variation", redactor, build(chats, seed=8, held_out=True))
    worst = max(timed(redactor.redact, text)[1] for text in FLOODS)
    print(f"  200 KB of hostile text: {worst / 1000:.2f} s at worst")
