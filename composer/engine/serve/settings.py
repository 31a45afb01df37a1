"""Configuration of a serving engine. All of it is frozen; tests and ablations make their own with other values.

Scores are in log units (natural logarithms of probabilities, up to a constant) unless a comment says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FeatureWeights:
    """Weights of the first stage's features, by their names in `serve.first_stage`."""

    dot: float = 1.0  # product of context and response vector
    popularity: float = 0.9  # log count of the template
    fill_rate: float = 0.5  # log probability that its slots are filled rightly
    past_contexts: float = 0.5  # votes of nearest past contexts
    agent_affinity: float = 0.15  # how much oftener this agent says it than others
    in_list: float = 0.3  # 1 for an entry of the list
    list_order: float = 2.0  # -log(1 + position), where the list's order is the only popularity signal


@dataclass(frozen=True, slots=True)
class CandidateConfig:
    """What the candidate index holds of each entry."""

    max_context_scored: int = 30_000  # entries further down the list have no vector and are found by typing only
    encode_batch: int = 2048  # entries encoded at a time
    variant_penalty: float = 60.0  # behind all others: a variant is offered in place of its leader, or when typed
    list_order_weight_initial: float = 1.0  # of list_order at the empty composer
    max_foldered_share: float = 0.5  # of entries beside one of their folder, above: the list's order says nothing
    min_constant_share: float = 0.4  # of a template's uses with one wording: its entities are the company's own
    max_constant_fill_rate: float = 0.4  # above: entities come from conversations, however often they were the same
    min_fill_rate: float = 0.02
    own_list_bonus: float = 1.0  # of the agent's own list at the empty composer


@dataclass(frozen=True, slots=True)
class LexicalMatch:
    """What rare words in common with the conversation count, from the first day to `max_messages` learned messages."""

    min_score: float = 0.1  # below: chance overlap, scored 0
    min_score_ordered: float = 0.2  # while the list's order is the only popularity signal
    weight_untrained: float = 12.0
    weight_trained: float = 4.0  # falls to 0 at max_messages
    max_messages: int = 1000
    typed_share: float = 0.5  # of the score that counts for typed text, before the first training


@dataclass(frozen=True, slots=True)
class RerankConfig:
    """Which candidates the re-ranker scores, and how it compares them."""

    candidates: int = 40
    max_own_turns: int = 8  # latest messages of the agent that candidates are compared with
    same_meaning: float = 0.6  # word F1 from which two candidates say the same
    min_probability: float = 1e-9


@dataclass(frozen=True, slots=True)
class TextMatch:
    """From which share of words in common two texts count as one (F1, 0 to 1)."""

    near_duplicate: float = 0.85
    near_sentence: float = 0.8
    min_letters_left: int = 2  # an offer that adds fewer letters to the typed text is not worth it

    @property
    def min_containment(self) -> float:
        """The least share of a sentence's words that a near sentence has."""
        return self.near_sentence / (2 - self.near_sentence)


@dataclass(frozen=True, slots=True)
class DiversifierConfig:
    """How three offers for the empty composer are chosen."""

    candidates: int = 96
    max_with_variants: int = 32  # of these, the best whose variants are looked for
    max_variants: int = 2  # of one candidate
    min_probability: float = 0.01  # below: better one reply than one and two that fill the list
    max_own_turns: int = 30  # latest messages of the agent that are not offered again
    min_probability_again: float = 0.05  # from which a message is offered again: some questions are asked twice
    min_messages_again: int = 1000  # learned messages, below: nothing is offered again
    same_meaning: float = 0.6  # word F1 from which two candidates say the same
    exact_share: float = 0.6  # of the gain that is for the very words; the rest is for all that say the same
    min_slot_confidence: float = 0.015
    slot_confidence_power: float = 0.3
    softness: float = 0.5  # factor on log scores before they are made probabilities of a meaning
    softness_reranked: float = 0.7  # the same for scores of the re-ranker


@dataclass(frozen=True, slots=True)
class AgentHistoryConfig:
    """How what an agent lately said moves that agent's candidates."""

    gain: float = 0.35  # for each factor of e in the weight of what was said
    min_weight: float = -6.0  # of what was passed over: elsewhere it may be right
    min_weight_new: float = 3.0  # from which an unknown text is a habit
    max_new: int = 12
    max_new_letters: int = 400
    max_indexed_entries: int = 20_000  # a longer list is not searched for exact texts
    cached_texts: int = 8192
    cached_histories: int = 512


@dataclass(frozen=True, slots=True)
class CompletionConfig:
    """How phrases are completed. Lengths in characters unless a comment says otherwise."""

    sharpness: float = 0.8  # factor on log scores before they are made weights of votes
    max_positions: int = 1200  # of the phrase index; above, the best texts of the context vote alone
    local_texts: int = 200  # these best texts
    offered_factor: float = 0.1  # on the weight of a text that was offered at the empty composer and not taken
    max_count: float = 8.0  # uses of a text that count as evidence
    max_words: int = 14  # of a phrase
    letters_back: int = 56  # of typed text that are looked up
    min_letters: int = 6  # a shorter phrase must hold a whole word
    min_word_letters: int = 2
    long_message: int = 160  # ended by a sentence: nothing is offered
    single_value_confidence: float = 0.8  # that a slot is filled rightly, with one value of its kind
    many_values_confidence: float = 0.5
    max_list_votes: int = 96  # positions; up to this many lists are faster than arrays
    cached_starts: int = 48  # beginnings of which a session keeps the votes
    cached_pieces: int = 20_000
    cached_heads: int = 4096
    cached_parts: int = 8192


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """Bounds of a session's work for one context or keystroke."""

    best: int = 200  # candidates that are filled in
    max_turn_length: int = 4000  # characters read of one message
    max_query_length: int = 400  # characters
    max_weighed: int = 10  # of the best that start with the typed text: three different ones are among them
    max_starting: int = 1500  # candidates of the list or learned that are weighed; more say too little
    max_listed: int = 8  # of these, the best that are filled in
    max_containing: int = 6  # of the best that hold all typed words
    cached_offers: int = 200
    cached_templates: int = 20_000
    cached_entry_vectors: int = 2000
    max_corrected_entries: int = 20_000  # entries whose words are known to the typo corrector


@dataclass(frozen=True, slots=True)
class Settings:
    """Switches of an engine, and the configuration of its parts.

    `transcripts`: the company's switch for learned responses and phrases. `diversify`, `variants`, `complete_values`:
    parts that an ablation turns off.
    """

    transcripts: bool = True
    diversify: bool = True
    variants: bool = True
    complete_values: bool = True
    weights: FeatureWeights = field(default_factory=FeatureWeights)
    candidates: CandidateConfig = field(default_factory=CandidateConfig)
    lexical: LexicalMatch = field(default_factory=LexicalMatch)
    reranking: RerankConfig = field(default_factory=RerankConfig)
    matching: TextMatch = field(default_factory=TextMatch)
    diversifier: DiversifierConfig = field(default_factory=DiversifierConfig)
    history: AgentHistoryConfig = field(default_factory=AgentHistoryConfig)
    completion: CompletionConfig = field(default_factory=CompletionConfig)
    session: SessionConfig = field(default_factory=SessionConfig)
