"""Dual encoders learn which response follows which context, and go on when the corpus grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from composer.engine.store.bags import Bags
from composer.engine.train.config import EncoderConfig
from composer.engine.train.corpus import Conversation, Corpus
from composer.engine.train.fit_encoders import EncoderTrainer
from composer.engine.train.optim import Trainer
from composer.engine.train.reading import read_vocabulary
from composer.engine.types import Turn

FIRST = [("I want a table", "For how many?"), ("What is the weather like?", "It is sunny")]
LATER = ("Where is my parcel?", "It is on its way")
SMALL = EncoderConfig(width=32, hidden=32, members=2, min_steps=100, batch_size=64, fine_tune_scale=1.0)


def no_progress(stage: str, done: int, total: int) -> None:
    assert stage == "towers"
    assert done <= total


def conversations_of(pairs: list[tuple[str, str]]) -> list[Conversation]:
    return [Conversation([Turn("customer", asked), Turn("agent", said)]) for asked, said in pairs]


def best_answer(trainer: EncoderTrainer, corpus: Corpus, asked: str) -> str:
    turns = [corpus.extractor.analyse("customer", asked)]
    rows = corpus.extractor.context_features(turns, ["queue=", "agent="])
    vector = trainer.encoders.encode_contexts(Bags.of(rows))[0]
    products = trainer.encoders.encode_responses(corpus.template_bags(corpus.counts())) @ vector
    return list(corpus.templates)[int(products.argmax())]


def corpus_of(conversations: list[Conversation], later: Sequence[Conversation] = ()) -> Corpus:
    """A corpus that knows the words of what comes later."""
    extractor, _ = read_vocabulary(lambda: [*conversations, *later], [], lambda *_: None)
    corpus = Corpus(extractor)
    for conversation in conversations:
        corpus.add(conversation)
    return corpus


def test_what_comes_later_is_learned_beside_what_was_known() -> None:
    before, later = conversations_of(FIRST * 200), conversations_of([LATER] * 100)
    corpus = corpus_of(before, later)
    trainer = EncoderTrainer(corpus, 100, no_progress, SMALL)
    trainer.fit(corpus)
    for conversation in later:
        corpus.add(conversation)
    trainer.fine_tune(corpus)
    for asked, said in [*FIRST, LATER]:
        assert best_answer(trainer, corpus, asked) == said.casefold()
    known = [encoder.context.copy() for encoder in trainer.encoders.members]
    trainer.fine_tune(corpus)
    for encoder, table in zip(trainer.encoders.members, known, strict=True):
        assert (encoder.context == table).all(), "nothing new, nothing learned"


def test_the_same_messages_train_the_same_encoders() -> None:
    corpus = corpus_of(conversations_of(FIRST * 200))
    ensembles = []
    for _ in range(2):
        trainer = EncoderTrainer(corpus, 0, no_progress, EncoderConfig(width=32, hidden=32, members=2, min_steps=10))
        trainer.fit(corpus)
        ensembles.append(trainer.encoders.members)
    for one, other in zip(*ensembles, strict=True):
        assert (one.context == other.context).all()
        assert (one.response == other.response).all()
    assert (ensembles[0][0].hidden != ensembles[0][1].hidden).any(), "members start from different parameters"


def test_too_few_messages_train_one_member_and_teach_nothing() -> None:
    corpus = corpus_of(conversations_of(FIRST * 20))
    trainer = EncoderTrainer(corpus, 0, no_progress)
    [encoder] = trainer.encoders.members
    before = encoder.context.copy()
    trainer.fit(corpus)
    assert (encoder.context == before).all()


def test_an_interrupted_training_does_not_run_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, steps = corpus_of(conversations_of(FIRST * 200)), 0
    step = Trainer.step

    def counted(trainer: Trainer, *args: Any) -> float:
        nonlocal steps
        steps += 1
        return step(trainer, *args)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "step", counted)
    config = EncoderConfig(width=32, hidden=32, min_steps=100, progress_interval_s=0.001)
    with pytest.raises(KeyboardInterrupt):
        EncoderTrainer(corpus, 0, interrupted, config).fit(corpus)
    interrupted_after = steps
    EncoderTrainer(corpus, 0, no_progress, config).fit(corpus)
    assert interrupted_after < (steps - interrupted_after) / 2
