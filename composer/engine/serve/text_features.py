"""Features of given texts in one context, by name."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from composer.engine.serve.feature_registry import Column, FeatureRegistry
from composer.engine.serve.text_batch import TextBatch
from composer.engine.text.entities import masked
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.similarity import signatures, word_f1
from composer.engine.text.templates import Template, Values
from composer.engine.text.tokens import fold, words

# Wordings that a template with entities has on average: its share of all messages is divided among them.
_WORDINGS = 20.0
# The number of candidates that the sampling correction assumes.
GIVEN = 100
# Turns before the last one whose words are compared.
_TURNS_BEFORE = 3
_MAX_SHARE = 0.5


def log_odds_of_sampling(share: float) -> float:
    """Correction for candidate sampling (as in sampled softmax).

    Returns the log-odds that a template with this share of all agent messages is one of GIVEN sampled candidates; 0.0
    for an unseen template. The dual encoder measures against how often a text is said, while each given text stands
    among the candidates once.
    """
    return math.log(GIVEN * share / -math.expm1(GIVEN * math.log1p(-share))) if share else 0.0


TEXT_FEATURES: FeatureRegistry[TextBatch] = FeatureRegistry()


@TEXT_FEATURES.feature
def dot(batch: TextBatch) -> Column:
    """Product of the context's vector and the text's, without its names."""
    return batch.vectors[0] @ batch.vector


@TEXT_FEATURES.feature
def dot_with_names(batch: TextBatch) -> Column:
    """The same with the words of its names."""
    return batch.vectors[1] @ batch.vector


@TEXT_FEATURES.feature
def sampling_correction(batch: TextBatch) -> Column:
    """See `log_odds_of_sampling`."""
    wordings = [_WORDINGS if text.spans else 1.0 for text in batch.texts]
    template_shares = np.minimum(batch.counts / batch.model.messages, _MAX_SHARE) / wordings
    return [log_odds_of_sampling(share) for share in template_shares.tolist()]


@TEXT_FEATURES.feature
def said_entities(batch: TextBatch) -> Column:
    """Number of its entities that were said in the conversation."""
    return [said for said, _ in batch.entities]


@TEXT_FEATURES.feature
def unsaid_entities(batch: TextBatch) -> Column:
    """Number of its entities that were not said."""
    return [unsaid for _, unsaid in batch.entities]


@TEXT_FEATURES.feature
def popularity(batch: TextBatch) -> Column:
    """Log of how often its template was said."""
    return np.log(batch.counts + 0.5)


@TEXT_FEATURES.feature
def agent_affinity(batch: TextBatch) -> Column:
    """Log of how much oftener than others this agent says it."""
    templates, affinity = batch.model.agent_affinity(batch.context.agent)
    by_template = dict(zip(templates.tolist(), affinity.tolist(), strict=True))
    return [by_template.get(template, 0.0) for template in batch.templates.tolist()]


@TEXT_FEATURES.feature
def past_contexts(batch: TextBatch) -> Column:
    """Votes of the nearest past contexts for its template."""
    votes, _ = batch.neighbours
    return [votes.get(template, 0.0) for template in batch.templates.tolist()]


@TEXT_FEATURES.feature
def expected(batch: TextBatch) -> Column:
    """Product of its vector and the mean vector of what followed the nearest past contexts."""
    return batch.vectors[0] @ batch.neighbours[1]


@TEXT_FEATURES.feature
def idf_last(batch: TextBatch) -> Column:
    """Summed IDF of its words that the last turn has."""
    return batch.idf_sums(_words_of(batch.turns[-1:]))


@TEXT_FEATURES.feature
def idf_before(batch: TextBatch) -> Column:
    """Summed IDF of its words that one of the turns before the last has."""
    return batch.idf_sums(_words_of(batch.turns[-1 - _TURNS_BEFORE : -1]))


@TEXT_FEATURES.feature
def idf_all(batch: TextBatch) -> Column:
    """Summed IDF of all its words."""
    return batch.idf_sums()


@TEXT_FEATURES.feature
def norm(batch: TextBatch) -> Column:
    """Length of its vector: how much the response encoder makes of it."""
    return np.linalg.norm(batch.vectors[0], axis=1)


@TEXT_FEATURES.feature
def length(batch: TextBatch) -> Column:
    """Its length, in units of 50 characters."""
    return [len(text.text) / 50 for text in batch.texts]


@TEXT_FEATURES.feature
def capital(batch: TextBatch) -> Column:
    """The share of the agent's messages that begin with a capital letter, less a half, where it begins with one."""
    own = [turn.text for turn in batch.turns if turn.role == "agent" and turn.text]
    share = sum(text[0].isupper() for text in own) / len(own) - 0.5 if own else 0.0
    return [share if text.text[:1].isupper() else 0.0 for text in batch.texts]


@TEXT_FEATURES.feature
def question(batch: TextBatch) -> Column:
    """Whether it asks something."""
    return ["?" in text.text for text in batch.texts]


@TEXT_FEATURES.feature
def filled(batch: TextBatch) -> Column:
    """1 where filling its slots from the conversation gives just this text, -1 where not, 0 without slots."""
    return [_filled(text, batch.values) for text in batch.texts]


@TEXT_FEATURES.feature
def repeats_last(batch: TextBatch) -> Column:
    """Word F1 with the agent's last message."""
    own = [turn.folded for turn in batch.turns if turn.role == "agent"]
    if not own:
        return 0.0
    return word_f1(signatures([text.folded for text in batch.texts]), signatures(own[-1:]))[:, 0]


@TEXT_FEATURES.feature
def slot_log_probability(batch: TextBatch) -> Column:
    """Log probability of its entities in their slots."""
    return [each.log_probability for each in batch.slots]


@TEXT_FEATURES.feature
def slots_chosen(batch: TextBatch) -> Column:
    """Number of its entities that would be filled in."""
    return [each.chosen for each in batch.slots]


@TEXT_FEATURES.feature
def slots_other(batch: TextBatch) -> Column:
    """Number of its entities that would not be filled in."""
    return [each.other for each in batch.slots]


@TEXT_FEATURES.feature
def slots_other_said(batch: TextBatch) -> Column:
    """Number of these that were said in the conversation all the same."""
    return [each.other_said for each in batch.slots]


def _filled(text: AnalysedTurn, values: Values) -> float:
    if not text.spans:
        return 0.0
    own = Template.of(masked(text.text, list(text.spans))).filled(values)
    return 1.0 if own is not None and fold(own) == fold(text.text) else -1.0


def _words_of(turns: Sequence[AnalysedTurn]) -> frozenset[str]:
    return frozenset(word for turn in turns for word in words(turn.folded))
