"""The trained model as it is read from its artefact: the towers, the learned responses, habits and phrases."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from composer.engine.index import neighbours, phrases
from composer.engine.model import reranker
from composer.engine.model.encoders import DualEncoder, EncoderEnsemble
from composer.engine.model.phrase_threshold import PhraseThreshold
from composer.engine.store.artefact import Artefact
from composer.engine.store.bags import Bags, Floats
from composer.engine.text import slot_values
from composer.engine.text.entities import CERTAIN, KIND_OF, EntityRecognizer
from composer.engine.text.features import AnalysedTurn, FeatureExtractor, circumstances
from composer.engine.text.templates import slots_of

# Messages read lately are kept: a conversation is prepared anew at each of its messages.
KEPT_MESSAGES = 20_000
# Below this many agent messages the towers know too little; words in common decide.
TRUSTED_MESSAGES = 300
# Of so many messages by an agent it is believed beforehand that they are like all agents' messages.
HABIT_STRENGTH, LEAST_EXPECTED = 50.0, 1e-3


class Model:
    """Immutable; arrays are mapped, not read."""

    def __init__(self, directory: Path) -> None:
        found = Artefact(directory)
        self.messages = max(1, int(found.meta["messages"]))
        self.trained = self.messages >= TRUSTED_MESSAGES
        self.reader = FeatureExtractor(
            EntityRecognizer(frozenset(found.texts("ordinary")), frozenset(found.texts("proper"))),
            {word: number for number, word in enumerate(found.texts("words"))},
        )
        names = ("context", "response", "hidden", "bias", "out")
        self.towers = EncoderEnsemble(
            tuple(
                DualEncoder(*(found.array(f"tower{n}_{name}") for name in names)) for n in range(found.meta["towers"])
            )
        )
        self.projection: Floats = found.array("projection")
        self.templates = found.texts("templates")
        self.listed = found.texts("listed")
        self.folded = found.texts("folded")
        self.known = {text: number for number, text in enumerate(self.folded)}
        self.counts: Floats = found.array("counts")
        # Those of templates without a text, that too few customers were told, come after those with one.
        self.vectors: Floats = found.array("vectors")
        self.fragments = found.texts("fragments")
        self.fragment_counts: Floats = found.array("fragment_counts")
        self.fragment_vectors: Floats = found.array("fragment_vectors")
        self.signatures = found.array("signatures")
        self.rates: Floats = found.array("rates")
        self.sures: Floats = found.array("sures")
        self.place_rates = dict(zip(found.texts("places"), found.array("place_rates").tolist(), strict=True))
        self.constant_wordings = found.array("constant_wordings")
        self.constant_shares = found.array("constant_shares")
        self.order = found.array("order")
        self.heads = found.array("heads")
        self.phrases = phrases.load(found)
        self.neighbours = neighbours.load(found)
        self.second = reranker.load(found)
        self.usual = slot_values.load(found)
        self.caution = PhraseThreshold.of(*found.meta.get("caution") or ())
        self.rank_weights: Floats = found.array("rank_weights")
        self._rarity: list[float] = found.array("rarity").tolist()
        self._agents = {agent: place for place, agent in enumerate(found.texts("agents"))}
        self._habit_starts = found.array("habit_starts")
        self._habit_templates = found.array("habit_templates")
        self._habit_counts = found.array("habit_counts")
        self.said: Callable[[str, str, str, str], AnalysedTurn] = functools.lru_cache(KEPT_MESSAGES)(self.reader.said)

    def habits(self, agent: str) -> tuple[npt.NDArray[np.int32], Floats]:
        """Templates that the agent has used at least twice, and how often."""
        place = self._agents.get(agent)
        if place is None:
            return self._habit_templates[:0], self._habit_counts[:0]
        start, end = self._habit_starts[place], self._habit_starts[place + 1]
        return self._habit_templates[start:end], self._habit_counts[start:end]

    def habit_worth(self, agent: str) -> tuple[npt.NDArray[np.int32], Floats]:
        """The agent's habits, and how much oftener than others the agent says each, as a logarithm."""
        templates, counts = self.habits(agent)
        expected = self.counts[templates] * (HABIT_STRENGTH / self.messages)
        return templates, np.log1p(counts / np.maximum(expected, LEAST_EXPECTED))

    def rarity_of(self, word: str) -> float:
        """How few of the learned responses have a word, as a logarithm."""
        number = self.reader.numbers.get(word)
        return self._rarity[-1] if number is None else self._rarity[number]

    def slot_rate(self, kind: str, before: str, after: str) -> float:
        """How surely a slot between two words is filled rightly from the conversation."""
        if kind in CERTAIN:
            return 1.0
        rate = self.place_rates.get(f"{kind}\t{before}\t{after}")
        return float(rate) if rate is not None else float(self.place_rates[f"{kind}\t\t"])

    def fill_rate(self, template: str) -> float:
        """The same for all slots of a text that training did not see."""
        rate = 1.0
        for slot, before, after in slots_of(template):
            rate *= self.slot_rate(KIND_OF[slot], before, after)
        return rate

    def context_vector(self, turns: Sequence[AnalysedTurn], queue: str, agent: str) -> Floats:
        if self.trained:
            rows = self.reader.context(turns, circumstances(queue, agent))
            return np.asarray(self.towers.encode_contexts(Bags.of(rows))[0] @ self.projection, np.float32)
        said = [turn.ids for turn in turns[-2:]]
        ids = np.concatenate(said) if said else np.zeros(0, np.int32)
        return np.asarray(self.response_vectors([ids[ids < len(self.reader.numbers)]])[0], np.float32)

    def response_vectors(self, rows: Sequence[npt.NDArray[np.int32]]) -> Floats:
        return np.asarray(self.towers.encode_responses(Bags.of(list(rows))) @ self.projection, np.float32)
