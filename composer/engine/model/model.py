"""The trained model of a company, read from its artefact."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from composer.engine.index import neighbours, phrases
from composer.engine.model import reranker
from composer.engine.model.encoders import DualEncoder, EncoderEnsemble
from composer.engine.model.phrase_threshold import PhraseThreshold
from composer.engine.store.artefact import Artefact
from composer.engine.store.bags import Bags, Floats, Ints
from composer.engine.text import slot_values
from composer.engine.text.entities import CERTAIN, KIND_OF, EntityRecognizer
from composer.engine.text.features import AnalysedTurn, FeatureExtractor, circumstances
from composer.engine.text.templates import slots_of


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """When a model is trusted, and how agents' affinities are smoothed."""

    min_messages: int = 300  # agent messages, below: the encoders know too little, lexical match decides
    affinity_strength: float = 50.0  # messages by which an agent is taken to be like all agents
    min_expected: float = 1e-3  # expected uses of a template
    cached_turns: int = 20_000  # analysed messages; a conversation meets its messages again at each new one


CONFIG = ModelConfig()


class Model:
    """Immutable; arrays are memory-mapped. Raises ArtefactError when the directory cannot be read."""

    def __init__(self, directory: Path, config: ModelConfig = CONFIG) -> None:
        artefact = Artefact(directory)
        self.config = config
        self.messages = max(1, int(artefact.meta["messages"]))
        self.trained = self.messages >= config.min_messages
        self.extractor = FeatureExtractor(
            EntityRecognizer(frozenset(artefact.texts("ordinary")), frozenset(artefact.texts("proper"))),
            {word: number for number, word in enumerate(artefact.texts("words"))},
        )
        self.encoders = _encoders(artefact)
        self.projection: Floats = artefact.array("projection")
        self.slot_values = slot_values.load(artefact)
        self.phrases = phrases.load(artefact)
        self.neighbours = neighbours.load(artefact)
        self.reranker = reranker.load(artefact)
        self.phrase_threshold = PhraseThreshold(*artefact.meta.get("phrase_threshold") or ())
        # Weights of `serve.rank_texts` by the name of their feature; empty before the fit.
        weights: list[float] = artefact.array("rank_weights").tolist()
        self.rank_weights = dict(zip(artefact.texts("rank_features"), weights, strict=True))
        self._read_templates(artefact)
        self._read_agents(artefact)
        self._idf: list[float] = artefact.array("rarity").tolist()
        self.analyse: Callable[[str, str, str, str], AnalysedTurn] = functools.lru_cache(config.cached_turns)(
            self.extractor.analyse
        )

    def _read_templates(self, artefact: Artefact) -> None:
        """Read the learned responses, masked, and what is known of each."""
        self.templates = artefact.texts("templates")
        self.list_texts = artefact.texts("listed")
        self.folded = artefact.texts("folded")
        self.number_of = {text: number for number, text in enumerate(self.folded)}
        self.counts: Floats = artefact.array("counts")
        # Templates that too few customers were told leave no text. Their vectors come after those of all others.
        self.vectors: Floats = artefact.array("vectors")
        self.fragments = artefact.texts("fragments")
        self.fragment_counts: Floats = artefact.array("fragment_counts")
        self.fragment_vectors: Floats = artefact.array("fragment_vectors")
        self.signatures = artefact.array("signatures")
        self.fill_rates: Floats = artefact.array("rates")
        self.slot_confidence: Floats = artefact.array("sures")
        self.slot_rates = dict(zip(artefact.texts("places"), artefact.array("place_rates").tolist(), strict=True))
        self.constant_wordings = artefact.array("constant_wordings")
        self.constant_shares = artefact.array("constant_shares")
        self.order = artefact.array("order")
        self.heads = artefact.array("heads")

    def _read_agents(self, artefact: Artefact) -> None:
        self._agents = {agent: index for index, agent in enumerate(artefact.texts("agents"))}
        self._agent_starts = artefact.array("habit_starts")
        self._agent_templates = artefact.array("habit_templates")
        self._agent_counts = artefact.array("habit_counts")

    def templates_of_agent(self, agent: str) -> tuple[Ints, Floats]:
        """Return the templates that the agent has used at least twice, and how often each."""
        index = self._agents.get(agent)
        if index is None:
            return self._agent_templates[:0], self._agent_counts[:0]
        start, end = self._agent_starts[index], self._agent_starts[index + 1]
        return self._agent_templates[start:end], self._agent_counts[start:end]

    def agent_affinity(self, agent: str) -> tuple[Ints, Floats]:
        """Return the agent's templates, and for each log(1 + uses / uses expected of any agent)."""
        templates, counts = self.templates_of_agent(agent)
        expected = self.counts[templates] * (self.config.affinity_strength / self.messages)
        return templates, np.log1p(counts / np.maximum(expected, self.config.min_expected))

    def idf_of(self, word: str) -> float:
        """Return the inverse document frequency of a word among the learned responses (a logarithm)."""
        number = self.extractor.numbers.get(word)
        return self._idf[-1] if number is None else self._idf[number]

    def slot_rate(self, kind: str, before: str, after: str) -> float:
        """Return the probability that a slot between two words is filled rightly from the conversation."""
        if kind in CERTAIN:
            return 1.0
        rate = self.slot_rates.get(f"{kind}\t{before}\t{after}")
        return float(rate) if rate is not None else float(self.slot_rates[f"{kind}\t\t"])

    def fill_rate(self, template: str) -> float:
        """Return the probability that all slots of a text are filled rightly, for a text that training did not see."""
        rate = 1.0
        for slot, before, after in slots_of(template):
            rate *= self.slot_rate(KIND_OF[slot], before, after)
        return rate

    def context_vector(self, turns: Sequence[AnalysedTurn], queue: str, agent: str) -> Floats:
        """Return the projected vector of a context; of an untrained model, that of its last two messages' words."""
        if self.trained:
            rows = self.extractor.context_features(turns, circumstances(queue, agent))
            return np.asarray(self.encoders.encode_contexts(Bags.of(rows))[0] @ self.projection, np.float32)
        parts = [turn.ids for turn in turns[-2:]]
        ids = np.concatenate(parts) if parts else np.zeros(0, np.int32)
        return np.asarray(self.response_vectors([ids[ids < len(self.extractor.numbers)]])[0], np.float32)

    def response_vectors(self, rows: Sequence[npt.NDArray[np.int32]]) -> Floats:
        """Return the projected vectors of responses, given as feature ids."""
        return np.asarray(self.encoders.encode_responses(Bags.of(list(rows))) @ self.projection, np.float32)


def _encoders(artefact: Artefact) -> EncoderEnsemble:
    names = ("context", "response", "hidden", "bias", "out")
    return EncoderEnsemble(
        tuple(
            DualEncoder(*(artefact.array(f"tower{member}_{name}") for name in names))
            for member in range(artefact.meta["towers"])
        )
    )
