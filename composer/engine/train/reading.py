"""Reads conversations into a corpus: once for the vocabulary, once for the messages."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from composer.engine.privacy import CustomerCounts, CustomerNumbers
from composer.engine.text.entities import KINDS, SLOTS
from composer.engine.text.features import FeatureExtractor
from composer.engine.text.tokens import fold, words
from composer.engine.text.vocabulary import CapitalCounts
from composer.engine.train.config import CorpusConfig
from composer.engine.train.corpus import Corpus, Progress, Source, is_validation, validation_step_for
from composer.engine.types import Entry


def read_vocabulary(
    source: Source, responses: Sequence[Entry], progress: Progress, config: CorpusConfig | None = None
) -> tuple[FeatureExtractor, int]:
    """Return an extractor that knows the words and names of enough customers, and the number of agent messages.

    Sets are never read in their own order, which differs between processes: the same conversations give the same
    model.
    """
    config = config or CorpusConfig()
    messages = 0
    capitals = CapitalCounts()
    counts: Counter[str] = Counter()
    numbers = CustomerNumbers()
    customers: CustomerCounts[str] = CustomerCounts()
    for number, conversation in enumerate(source()):
        customer = numbers.of(conversation.customer)
        for turn in conversation.turns:
            capitals.add(turn.text, customer)
            text_words = list(dict.fromkeys(words(fold(turn.text))))
            counts.update(text_words)
            for word in text_words:
                customers.add(word, customer)
            messages += turn.role == "agent"
        if number % config.progress_every == 0:
            progress("words", number, 0)
    for entry in responses:
        capitals.add(entry.text, None)
        text_words = list(dict.fromkeys(words(fold(entry.text))))
        counts.update(text_words)
        for word in text_words:
            customers.publish(word)
    frequent = (
        word for word, count in counts.most_common() if count >= config.min_word_count and customers.is_shared(word)
    )
    vocabulary = list(itertools.islice(frequent, config.max_vocabulary))
    vocabulary += [slot for kind in KINDS if (slot := SLOTS[kind]) not in counts]
    word_numbers = {word: number for number, word in enumerate(vocabulary)}
    return FeatureExtractor(capitals.recognizer(), word_numbers), messages


def read(source: Source, responses: Sequence[Entry], progress: Progress, config: CorpusConfig | None = None) -> Corpus:
    """Read all conversations twice. Return the corpus without those that validate."""
    config = config or CorpusConfig()
    extractor, messages = read_vocabulary(source, responses, progress, config)
    corpus = Corpus(extractor, config, validation_step_for(messages, config))
    for number, conversation in enumerate(source()):
        if not is_validation(number, corpus.validation_step):
            corpus.add(conversation)
        if number % config.progress_every == 0:
            progress("messages", len(corpus.answers), 0)
    return corpus
