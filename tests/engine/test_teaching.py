"""Towers learn which response follows which context, and go on when the corpus grows."""

from __future__ import annotations

from composer.engine.ranking.corpus import Conversation, Corpus, learn_reader
from composer.engine.ranking.teaching import Teacher
from composer.engine.ranking.towers import Bags
from composer.engine.types import Turn

FIRST = [("I want a table", "For how many?"), ("What is the weather like?", "It is sunny")]
LATER = ("Where is my parcel?", "It is on its way")


def talks(pairs: list[tuple[str, str]]) -> list[Conversation]:
    return [Conversation([Turn("customer", asked), Turn("agent", said)]) for asked, said in pairs]


def chosen(teacher: Teacher, corpus: Corpus, asked: str) -> str:
    turns = [corpus.reader.said("customer", asked)]
    rows = corpus.reader.context(turns, ["queue=", "agent="])
    vector = teacher.towers.encode_contexts(Bags.of(rows))[0]
    products = teacher.towers.encode_responses(corpus.known(corpus.counts())) @ vector
    return list(corpus.templates)[int(products.argmax())]


def test_what_comes_later_is_learned_beside_what_was_known() -> None:
    before, later = talks(FIRST * 200), talks([LATER] * 100)
    reader, _ = learn_reader(lambda: [*before, *later], [], lambda *_: None)
    corpus = Corpus(reader)
    for talk in before:
        corpus.add(talk)
    teacher = Teacher(corpus, 100, lambda *_: None)
    teacher.teach(corpus)
    for talk in later:
        corpus.add(talk)
    teacher.teach_more(corpus)
    for asked, said in [*FIRST, LATER]:
        assert chosen(teacher, corpus, asked) == said.casefold()
    known = [towers.context.copy() for towers in teacher.towers.members]
    teacher.teach_more(corpus)
    assert all((towers.context == old).all() for towers, old in zip(teacher.towers.members, known, strict=True))
