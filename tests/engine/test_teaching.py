"""DualEncoder learn which response follows which context, and go on when the corpus grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from composer.engine.store.bags import Bags
from composer.engine.train import fit_encoders
from composer.engine.train.corpus import Conversation, Corpus, learn_reader
from composer.engine.train.fit_encoders import EncoderTrainer
from composer.engine.train.optim import Trainer
from composer.engine.types import Turn

FIRST = [("I want a table", "For how many?"), ("What is the weather like?", "It is sunny")]
LATER = ("Where is my parcel?", "It is on its way")


def talks(pairs: list[tuple[str, str]]) -> list[Conversation]:
    return [Conversation([Turn("customer", asked), Turn("agent", said)]) for asked, said in pairs]


def chosen(teacher: EncoderTrainer, corpus: Corpus, asked: str) -> str:
    turns = [corpus.reader.said("customer", asked)]
    rows = corpus.reader.context(turns, ["queue=", "agent="])
    vector = teacher.towers.encode_contexts(Bags.of(rows))[0]
    products = teacher.towers.encode_responses(corpus.known(corpus.counts())) @ vector
    return list(corpus.templates)[int(products.argmax())]


def corpus_of(conversations: list[Conversation], later: Sequence[Conversation] = ()) -> Corpus:
    """The words of what comes later are known already."""
    reader, _ = learn_reader(lambda: [*conversations, *later], [], lambda *_: None)
    corpus = Corpus(reader)
    for conversation in conversations:
        corpus.add(conversation)
    return corpus


def test_what_comes_later_is_learned_beside_what_was_known() -> None:
    before, later = talks(FIRST * 200), talks([LATER] * 100)
    corpus = corpus_of(before, later)
    teacher = EncoderTrainer(corpus, 100, lambda *_: None)
    teacher.teach(corpus)
    for talk in later:
        corpus.add(talk)
    teacher.teach_more(corpus)
    for asked, said in [*FIRST, LATER]:
        assert chosen(teacher, corpus, asked) == said.casefold()
    known = [towers.context.copy() for towers in teacher.towers.members]
    teacher.teach_more(corpus)
    assert all((towers.context == old).all() for towers, old in zip(teacher.towers.members, known, strict=True))


def test_the_same_messages_teach_the_same_towers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_encoders, "LEAST_STEPS", 20)
    corpus = corpus_of(talks(FIRST * 200))
    made = []
    for _ in range(2):
        teacher = EncoderTrainer(corpus, 0, lambda *_: None)
        teacher.teach(corpus)
        made.append(teacher.towers.members)
    for one, other in zip(*made, strict=True):
        assert (one.context == other.context).all()
        assert (one.response == other.response).all()


def test_whoever_interrupts_does_not_wait_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, steps = corpus_of(talks(FIRST * 200)), 0
    step = Trainer.step

    def counted(trainer: Trainer, *args: Any) -> float:
        nonlocal steps
        steps += 1
        return step(trainer, *args)

    def interrupted(stage: str, done: int, total: int) -> None:
        assert (stage, done <= total) == ("towers", True)
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "step", counted)
    monkeypatch.setattr(fit_encoders, "TOLD_EVERY_S", 0.001)
    monkeypatch.setattr(fit_encoders, "LEAST_STEPS", 150)
    with pytest.raises(KeyboardInterrupt):
        EncoderTrainer(corpus, 0, interrupted).teach(corpus)
    interrupted_after = steps
    EncoderTrainer(corpus, 0, lambda *_: None).teach(corpus)
    assert interrupted_after < (steps - interrupted_after) / 2
