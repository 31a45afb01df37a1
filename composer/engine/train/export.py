"""The parts of an artefact, made of a corpus and its encoders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse  # type: ignore[import-untyped]

from composer.engine.index import neighbours, phrases
from composer.engine.index.prefixes import head_of
from composer.engine.model.encoders import EncoderEnsemble
from composer.engine.store.artefact import Texts
from composer.engine.store.bags import FIELDS, Floats
from composer.engine.text.entities import KINDS
from composer.engine.text.inserts import masked_entry
from composer.engine.text.similarity import signatures
from composer.engine.text.tokens import fold, words
from composer.engine.train import fragments
from composer.engine.train.config import ExportConfig
from composer.engine.train.corpus import Corpus
from composer.engine.train.fragments import Fragments
from composer.engine.types import Entry

Arrays = dict[str, npt.NDArray[Any] | Texts]
Numbers = npt.NDArray[np.int64]


def parts(
    corpus: Corpus, encoders: EncoderEnsemble, entries: list[Entry], config: ExportConfig | None = None
) -> tuple[dict[str, Any], Arrays]:
    """Return the meta data and the arrays to save.

    The number of a template is its index among the saved ones. Templates that too few customers were sent come last
    and leave no text, only the vectors that past contexts need.
    """
    config = config or ExportConfig()
    counts, shared = corpus.counts(), corpus.shared()
    saved = _saved(counts, shared, config)
    told = saved[shared[saved]]
    all_folded = list(corpus.templates)
    folded = [all_folded[template] for template in told]
    texts = [_surface(corpus, int(template)) for template in told]
    list_texts = _list_texts(corpus, entries, set(folded))
    surfaces = [_surface(corpus, template) for template in range(len(all_folded))]
    cut = fragments.cut(surfaces, shared, _told(corpus), config.max_fragments)
    empty = np.zeros((0, encoders.width), np.float32)
    encoded = encoders.encode_responses(corpus.template_bags(counts)) if all_folded else empty
    projection = narrowed(encoded[saved], counts[saved], config.vector_width)
    vectors = encoded @ projection
    opens = np.concatenate([np.ones(len(texts) + len(list_texts), bool), cut.opens])
    arrays: Arrays = {
        **_words(corpus),
        "templates": Texts.of(texts),
        "folded": Texts.of(folded),
        "listed": Texts.of(list_texts),
        "counts": counts[told],
        "vectors": vectors[saved],
        "projection": projection,
        "signatures": signatures(folded),
        "rarity": _idf(corpus, [all_folded[template] for template in saved]),
        **_fill_rates(corpus, folded),
        **_constants(corpus, told, config),
        **_order(folded),
        **_encoder_arrays(encoders, corpus.extractor.response_rows),
        **_agent_templates(corpus, told, config),
        **_neighbours(corpus, encoders, projection, saved, config),
        **_fragments(cut, vectors, counts),
        **phrases.build([*texts, *list_texts, *cut.texts], ~opens),
    }
    return {"messages": len(corpus.answers), "templates": len(texts), "towers": len(encoders.members)}, arrays


def _saved(counts: Floats, shared: npt.NDArray[np.bool_], config: ExportConfig) -> Numbers:
    """Return the most used templates that enough customers were sent, then others as far as there is room."""
    frequent = np.argsort(-counts, kind="stable")
    told = np.sort(frequent[shared[frequent]][: config.max_templates])
    return np.concatenate([told, np.sort(frequent[~shared[frequent]][: config.max_templates - len(told)])])


def _told(corpus: Corpus) -> Numbers:
    return np.array(sorted(corpus.told), np.int64).reshape(-1, 2)


def _fragments(cut: Fragments, vectors: Floats, counts: Floats) -> Arrays:
    """Return how often each fragment was said, and the mean vector of the messages that have it."""
    weights = counts[cut.message_of]
    total = np.bincount(cut.run_of, weights, len(cut.texts)).astype(np.float32)
    mean = sparse.csr_matrix((weights / total[cut.run_of], (cut.run_of, cut.message_of)), (len(total), len(vectors)))
    return {"fragments": Texts.of(cut.texts), "fragment_counts": total, "fragment_vectors": mean @ vectors}


def _neighbours(
    corpus: Corpus, encoders: EncoderEnsemble, projection: Floats, saved: Numbers, config: ExportConfig
) -> dict[str, npt.NDArray[Any]]:
    """Return the index of the latest contexts, each with the template that followed it."""
    number_of = np.full(len(corpus.templates) + 1, -1, np.int32)
    number_of[saved] = np.arange(len(saved))
    start = max(0, len(corpus.answers) - config.neighbours.max_contexts)
    vectors = [np.zeros((0, projection.shape[1]), np.float32)]
    contexts = corpus.bags()
    for first in range(start, len(corpus.answers), config.contexts_per_batch):
        last = min(first + config.contexts_per_batch, len(corpus.answers))
        rows = contexts.rows(np.arange(first * FIELDS, last * FIELDS))
        vectors.append(encoders.encode_contexts(rows) @ projection)
    answers = number_of[np.array(corpus.answers[start:], np.int64)]
    return neighbours.build(np.concatenate(vectors), answers, config.neighbours)


def _surface(corpus: Corpus, template: int) -> str:
    """Return the masked text of a template as it was written most often."""
    return corpus.surfaces[template].most_common(1)[0][0]


def _list_texts(corpus: Corpus, entries: list[Entry], known: set[str]) -> list[str]:
    """Return masked texts of the list that no conversation had, with their inserts: phrases come from them, too."""
    texts: dict[str, str] = {}
    for entry in entries:
        text = masked_entry(corpus.extractor.recognizer, entry.text)
        if fold(text) not in known:
            texts.setdefault(fold(text), text)
    return list(texts.values())


def _encoder_arrays(ensemble: EncoderEnsemble, response_rows: int) -> dict[str, npt.NDArray[Any]]:
    """Return the parameters. Of the response table only what new texts need: known ones are encoded already."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for member, encoder in enumerate(ensemble.members):
        for name in ("hidden", "bias", "out"):
            arrays[f"tower{member}_{name}"] = getattr(encoder, name)
        # Half precision: the tables are most of what a serving process holds in memory.
        arrays[f"tower{member}_context"] = encoder.context.astype(np.float16)
        arrays[f"tower{member}_response"] = encoder.response[:response_rows].astype(np.float16)
    return arrays


def _words(corpus: Corpus) -> Arrays:
    recognizer = corpus.extractor.recognizer
    return {
        "words": Texts.of(list(corpus.extractor.numbers)),
        "ordinary": Texts.of(sorted(recognizer.ordinary)),
        "proper": Texts.of(sorted(recognizer.proper)),
    }


def _idf(corpus: Corpus, folded: Sequence[str]) -> Floats:
    """Return the inverse document frequency of each known word among responses; the last is of unknown words."""
    holders = Counter(word for text in folded for word in set(words(text)))
    counts = np.array([holders[word] for word in corpus.extractor.numbers] + [0], np.float32)
    return np.asarray(np.log1p(len(folded) / (1 + counts)), np.float32)


def _order(folded: list[str]) -> dict[str, npt.NDArray[Any]]:
    """Return the templates sorted by text, for the prefix index."""
    order = sorted(range(len(folded)), key=folded.__getitem__)
    heads = [head_of(folded[template]) for template in order]
    return {"order": np.array(order, np.int32), "heads": np.array(heads, np.uint64)}


def narrowed(vectors: Floats, counts: Floats, width: int) -> Floats:
    """Return the projection on the `width` directions in which responses differ most (PCA, weighted by log count)."""
    full = vectors.shape[1]
    if full <= width or not len(vectors):
        return np.eye(full, dtype=np.float32)
    weighted = vectors * np.sqrt(np.log1p(counts))[:, None]
    _, directions = np.linalg.eigh(weighted.T @ weighted)
    return np.ascontiguousarray(directions[:, -width:], np.float32)


def _fill_rates(corpus: Corpus, folded: list[str]) -> Arrays:
    """Return fill rates by template and by slot context, and the values that slots usually take."""
    rows = sorted(corpus.fill_rates.frequent_slots())
    kinds = [((kind, "", ""), corpus.fill_rates.slot_rate(kind, "\0", "\0")) for kind in KINDS]
    return {
        "rates": np.array(corpus.fill_rates.template_rates(folded), np.float32),
        "sures": np.array(corpus.likely_fill_rates.template_rates(folded), np.float32),
        **corpus.slot_values.arrays(),
        "places": Texts.of(["\t".join(slot) for slot, _ in [*kinds, *rows]]),
        "place_rates": np.array([rate for _, rate in [*kinds, *rows]], np.float32),
    }


def _constants(corpus: Corpus, told: Numbers, config: ExportConfig) -> dict[str, npt.NDArray[Any]]:
    """Return for each template with slots the commonest wording with its entities, as a hash, and its share."""
    wordings = np.zeros(len(told), np.int64)
    shares = np.zeros(len(told), np.float32)
    for number, template in enumerate(told.tolist()):
        counts = corpus.verbatim.get(template)
        if counts is not None and counts.total() >= config.min_constant_count:
            wordings[number], count = counts.most_common(1)[0]
            shares[number] = count / counts.total()
    return {"constant_wordings": wordings, "constant_shares": shares}


def _agent_templates(corpus: Corpus, told: Numbers, config: ExportConfig) -> Arrays:
    """Return the agents in order, and for each the templates that were used at least twice with their counts."""
    number_of = {int(template): number for number, template in enumerate(told)}
    rows = sorted(
        (agent, number_of[template], count)
        for (agent, template), count in corpus.agent_counts.items()
        if count >= config.min_agent_count and template in number_of
    )
    agents = sorted({agent for agent, _, _ in rows})
    starts = np.searchsorted([agent for agent, _, _ in rows], agents) if rows else np.zeros(0)
    return {
        "agents": Texts.of(agents),
        "habit_starts": np.append(starts, len(rows)).astype(np.int64),
        "habit_templates": np.array([number for _, number, _ in rows], np.int32),
        "habit_counts": np.array([count for _, _, count in rows], np.float32),
    }
