"""What an artefact holds of a corpus and its towers, as arrays."""

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
from composer.engine.serve.candidates import slotted
from composer.engine.store.artefact import Texts
from composer.engine.store.bags import FIELDS, Floats
from composer.engine.text.entities import KINDS
from composer.engine.text.similarity import signatures
from composer.engine.text.tokens import fold, words
from composer.engine.train import fragments
from composer.engine.train.corpus import Corpus
from composer.engine.train.fragments import Fragments
from composer.engine.types import Entry

# Numbers of a vector as it is served: a scene multiplies them with those of every learned response.
NARROW = 128
# More templates than this make a scene slow to prepare; the most used are kept.
LARGEST_POOL = 60_000
# Bounds the memory that encoding all contexts takes.
CONTEXTS_AT_ONCE = 4096
# A wording said this often tells whether its facts vary.
CONSTANT_SEEN = 3

Arrays = dict[str, npt.NDArray[Any] | Texts]


def of_all(corpus: Corpus, towers: EncoderEnsemble, entries: list[Entry]) -> tuple[dict[str, Any], Arrays]:
    """Meta data and arrays. The numbers of templates are their places among those kept.

    Templates that too few customers were told come last and leave no text, only the vectors that past contexts need.
    """
    counts, shared = corpus.counts(), corpus.shared()
    kept = _kept(counts, shared)
    told = kept[shared[kept]]
    folded = list(corpus.templates)
    names = [folded[template] for template in told]
    texts = [_shown(corpus, int(template)) for template in told]
    listed = _listed(corpus, entries, set(names))
    cut = fragments.cut([_shown(corpus, place) for place in range(len(folded))], shared, _told(corpus))
    encoded = towers.encode_responses(corpus.known(counts)) if folded else np.zeros((0, towers.width), np.float32)
    projection = narrowed(encoded[kept], counts[kept])
    vectors = encoded @ projection
    arrays: Arrays = {
        **_words(corpus),
        "templates": Texts.of(texts),
        "folded": Texts.of(names),
        "listed": Texts.of(listed),
        "counts": counts[told],
        "vectors": vectors[kept],
        "projection": projection,
        "signatures": signatures(names),
        "rarity": _rarity(corpus, [folded[template] for template in kept]),
        "rank_weights": np.zeros(0, np.float32),
        **_fillings(corpus, names),
        **_constants(corpus, told),
        **_order(names),
        **_tower_arrays(towers, corpus.reader.response_rows),
        **_habits(corpus, told),
        **_neighbours(corpus, towers, projection, kept),
        **_fragments(cut, vectors, counts),
        **phrases.build(
            [*texts, *listed, *cut.texts], np.concatenate([np.zeros(len(texts) + len(listed), bool), ~cut.opens])
        ),
    }
    return {"messages": len(corpus.answers), "templates": len(texts), "towers": len(towers.members)}, arrays


def _kept(counts: Floats, shared: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The templates that enough customers were told, the most used of them, then others as far as there is room."""
    frequent = np.argsort(-counts, kind="stable")
    told = np.sort(frequent[shared[frequent]][:LARGEST_POOL])
    return np.concatenate([told, np.sort(frequent[~shared[frequent]][: LARGEST_POOL - len(told)])])


def _told(corpus: Corpus) -> npt.NDArray[np.int64]:
    return np.array(sorted(corpus.told), np.int64).reshape(-1, 2)


def _fragments(cut: Fragments, vectors: Floats, counts: Floats) -> Arrays:
    """How often each was said, and the mean vector of the messages it was said in."""
    weights = counts[cut.message_of]
    total = np.bincount(cut.run_of, weights, len(cut.texts)).astype(np.float32)
    mean = sparse.csr_matrix((weights / total[cut.run_of], (cut.run_of, cut.message_of)), (len(total), len(vectors)))
    return {"fragments": Texts.of(cut.texts), "fragment_counts": total, "fragment_vectors": mean @ vectors}


def _neighbours(
    corpus: Corpus, towers: EncoderEnsemble, projection: Floats, kept: npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[Any]]:
    """The latest contexts with what followed each."""
    places = np.full(len(corpus.templates) + 1, -1, np.int32)
    places[kept] = np.arange(len(kept))
    start = max(0, len(corpus.answers) - neighbours.MOST)
    parts = [np.zeros((0, projection.shape[1]), np.float32)]
    contexts = corpus.bags()
    for first in range(start, len(corpus.answers), CONTEXTS_AT_ONCE):
        last = min(first + CONTEXTS_AT_ONCE, len(corpus.answers))
        rows = contexts.rows(np.arange(first * FIELDS, last * FIELDS))
        parts.append(towers.encode_contexts(rows) @ projection)
    return neighbours.build(np.concatenate(parts), places[np.array(corpus.answers[start:], np.int64)])


def _shown(corpus: Corpus, template: int) -> str:
    return corpus.surfaces[template].most_common(1)[0][0]


def _listed(corpus: Corpus, entries: list[Entry], known: set[str]) -> list[str]:
    """Masked texts of the lists that no conversation had, with their inserts: phrases are learned from them too."""
    found: dict[str, str] = {}
    for entry in entries:
        text = slotted(corpus.reader.recognizer, entry.text)
        if fold(text) not in known:
            found.setdefault(fold(text), text)
    return list(found.values())


def _tower_arrays(ensemble: EncoderEnsemble, rows: int) -> dict[str, npt.NDArray[Any]]:
    """The parameters; of the response table what new texts need: the known ones are encoded already."""
    found: dict[str, npt.NDArray[Any]] = {}
    for number, towers in enumerate(ensemble.members):
        for name in ("hidden", "bias", "out"):
            found[f"tower{number}_{name}"] = getattr(towers, name)
        # Half precision: the tables are most of what a serving process holds in memory.
        found[f"tower{number}_context"] = towers.context.astype(np.float16)
        found[f"tower{number}_response"] = towers.response[:rows].astype(np.float16)
    return found


def _words(corpus: Corpus) -> Arrays:
    recognizer = corpus.reader.recognizer
    return {
        "words": Texts.of(list(corpus.reader.numbers)),
        "ordinary": Texts.of(sorted(recognizer.ordinary)),
        "proper": Texts.of(sorted(recognizer.proper)),
    }


def _rarity(corpus: Corpus, names: Sequence[str]) -> Floats:
    """How few of the responses have each known word, as a logarithm; the last is for unknown ones."""
    seen = Counter(word for name in names for word in set(words(name)))
    having = np.array([seen[word] for word in corpus.reader.numbers] + [0], np.float32)
    return np.asarray(np.log1p(len(names) / (1 + having)), np.float32)


def _order(names: list[str]) -> dict[str, npt.NDArray[Any]]:
    """The templates by how they start."""
    order = sorted(range(len(names)), key=names.__getitem__)
    heads = [head_of(names[place]) for place in order]
    return {"order": np.array(order, np.int32), "heads": np.array(heads, np.uint64)}


def narrowed(vectors: Floats, counts: Floats) -> Floats:
    """The directions in which responses differ most: their products, with fewer numbers to multiply."""
    width = vectors.shape[1]
    if width <= NARROW or not len(vectors):
        return np.eye(width, dtype=np.float32)
    weighted = vectors * np.sqrt(np.log1p(counts))[:, None]
    _, directions = np.linalg.eigh(weighted.T @ weighted)
    return np.ascontiguousarray(directions[:, -NARROW:], np.float32)


def _fillings(corpus: Corpus, names: list[str]) -> Arrays:
    """How surely slots can be filled, by template, and by kind and the words around; what places usually take."""
    rows = sorted(corpus.rates.frequent_places())
    kinds = [((kind, "", ""), corpus.rates.slot(kind, "\0", "\0")) for kind in KINDS]
    return {
        "rates": np.array(corpus.rates.rates(names), np.float32),
        "sures": np.array(corpus.sures.rates(names), np.float32),
        **corpus.usual.arrays(),
        "places": Texts.of(["\t".join(place) for place, _ in [*kinds, *rows]]),
        "place_rates": np.array([rate for _, rate in [*kinds, *rows]], np.float32),
    }


def _constants(corpus: Corpus, kept: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[Any]]:
    """For each template with slots: the wording said most often with the same facts, as a hash, and its share."""
    wordings = np.zeros(len(kept), np.int64)
    shares = np.zeros(len(kept), np.float32)
    for place, template in enumerate(kept.tolist()):
        said = corpus.verbatim.get(template)
        if said is not None and said.total() >= CONSTANT_SEEN:
            wordings[place], count = said.most_common(1)[0]
            shares[place] = count / said.total()
    return {"constant_wordings": wordings, "constant_shares": shares}


def _habits(corpus: Corpus, kept: npt.NDArray[np.int64]) -> Arrays:
    """What each agent has said at least twice: agents in order, and for each the templates and how often."""
    places = {int(template): place for place, template in enumerate(kept)}
    rows = sorted(
        (agent, places[template], count)
        for (agent, template), count in corpus.habits.items()
        if count >= 2 and template in places
    )
    agents = sorted({agent for agent, _, _ in rows})
    starts = np.searchsorted([agent for agent, _, _ in rows], agents) if rows else np.zeros(0)
    return {
        "agents": Texts.of(agents),
        "habit_starts": np.append(starts, len(rows)).astype(np.int64),
        "habit_templates": np.array([place for _, place, _ in rows], np.int32),
        "habit_counts": np.array([count for _, _, count in rows], np.float32),
    }
