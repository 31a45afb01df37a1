"""Configuration of training. All of it is frozen; tests and benchmarks make their own with other values."""

from __future__ import annotations

from dataclasses import dataclass, field

from composer.engine.index.neighbours import NeighbourConfig


@dataclass(frozen=True, slots=True)
class CorpusConfig:
    """What is read of conversations, and which conversations validate."""

    min_word_count: int = 2  # messages and responses with a word: a word of one message teaches nothing
    max_vocabulary: int = 60_000  # words
    max_text_length: int = 1000  # characters read of a message
    name_dropout: float = 0.3  # share of messages whose names are left out: what is offered has none
    min_slot_confidence: float = 0.1  # of a filled text that counts for the confidence of likely values
    min_count_share: float = 0.5  # of a template's count that is left however often its offers were passed over
    min_validation_step: int = 20  # at most one conversation in this many validates
    max_validation_messages: int = 2000
    min_validation_messages: int = 200  # agent messages, below: no conversation validates
    progress_every: int = 500  # conversations
    dropout_seed: int = 5


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """Size and training of the dual encoders."""

    width: int = 112  # numbers of a vector
    hidden: int = 320  # units
    batch_size: int = 256  # messages
    members: int = 3  # of the ensemble, up to many_messages
    many_messages: int = 200_000  # agent messages, from which one member and one epoch are enough
    min_steps: int = 700  # few messages are read more often: about as many steps as 45,000 make in four epochs
    max_epochs: int = 40
    dropout: float = 0.4
    table_rate: float = 0.05  # learning rate of the embedding tables (Adagrad)
    dense_rate: float = 0.002  # learning rate of the hidden layer (Adam)
    replayed_messages: int = 6_000  # known messages read beside new ones in fine-tuning
    fine_tune_scale: float = 0.25  # of the learning rates: as far as they have fallen in a last epoch
    replay_seed: int = 13
    progress_interval_s: float = 0.5


@dataclass(frozen=True, slots=True)
class RerankerFitConfig:
    """Fit of the re-ranker on validation messages."""

    min_examples: int = 150  # below: no re-ranker
    same_meaning_share: float = 0.2  # of the target that goes to candidates that say the same in other words
    hidden: int = 24  # units
    epochs: int = 25
    batch_size: int = 32  # examples
    rate: float = 0.002
    dropout: float = 0.2
    weight_decay: float = 1e-4
    seed: int = 17


@dataclass(frozen=True, slots=True)
class RankWeightConfig:
    """Fit of the weights of given texts on validation messages."""

    min_messages: int = 150  # below: no weights
    max_messages: int = 1500
    others: int = 29  # texts of other messages beside each
    ridge: float = 3e-3  # on squared weights, for features in standard deviations
    max_iterations: int = 150
    seed: int = 23


@dataclass(frozen=True, slots=True)
class PhraseFitConfig:
    """Search of the phrase threshold on validation messages, which are typed as an agent would."""

    min_probabilities: tuple[float, ...] = (0.6, 0.66, 0.72, 0.76, 0.8, 0.86)
    length_decays: tuple[float, ...] = (0.8, 0.7, 0.6)
    smoothings: tuple[float, ...] = (0.3, 0.7)
    # Above the 68% that are wanted of later messages: the best of many looks better on the messages it was chosen by,
    # and a list may hold some of these very messages.
    min_precision: float = 0.725
    prior_offers: int = 12  # pseudo-counts of offered phrases
    prior_right: int = 8  # of these, right: a little less than wanted, because few offers prove little
    min_messages: int = 150
    max_messages: int = 700
    max_looks: int = 16_000  # at the screen, in all: an agent of long messages looks often
    min_phrase_letters: int = 2
    max_edit_share: float = 0.5  # of the letters left to type that mending a reply may cost
    min_common_words: float = 0.4  # share of the words of a message, below: a reply is not looked at
    first_letters: int = 8  # after each of which an agent looks up
    letters_into_word: int = 2  # after which an agent looks up
    seed: int = 29


@dataclass(frozen=True, slots=True)
class ExportConfig:
    """What an artefact holds."""

    vector_width: int = 128  # numbers: preparing a context multiplies them with those of every response
    max_templates: int = 60_000  # the most used: more make contexts slow to prepare
    max_fragments: int = 60_000  # the most frequent: each is weighed in every conversation
    contexts_per_batch: int = 4096  # encoded at a time
    min_constant_count: int = 3  # uses of a template, from which its wordings tell whether entities vary
    min_agent_count: int = 2  # uses of a template by an agent that are saved
    neighbours: NeighbourConfig = field(default_factory=NeighbourConfig)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """All of it."""

    corpus: CorpusConfig = field(default_factory=CorpusConfig)
    encoders: EncoderConfig = field(default_factory=EncoderConfig)
    reranker: RerankerFitConfig = field(default_factory=RerankerFitConfig)
    rank_weights: RankWeightConfig = field(default_factory=RankWeightConfig)
    phrases: PhraseFitConfig = field(default_factory=PhraseFitConfig)
    export: ExportConfig = field(default_factory=ExportConfig)
