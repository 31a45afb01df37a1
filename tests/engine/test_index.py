"""Indexes: prefixes, phrases, neighbours, variants, typos, values of the conversation, lexical match."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.engine.index import neighbours, phrases
from composer.engine.index.lexical import LexicalIndex, QueryConfig, stem, stems
from composer.engine.index.names import ValueCompleter, ValueCompletionConfig
from composer.engine.index.neighbours import NeighbourConfig, Neighbours
from composer.engine.index.phrases import BEGIN, END, INNER
from composer.engine.index.prefixes import PrefixIndex, head_of
from composer.engine.index.typos import Corrector
from composer.engine.index.variants import Variants, entities_of
from composer.engine.store import artefact
from composer.engine.store.artefact import Artefact, Texts
from composer.engine.text.entities import SLOTS, EntityRecognizer
from composer.engine.text.features import AnalysedTurn, FeatureExtractor
from composer.engine.text.templates import Values

EXTRACTOR = FeatureExtractor(EntityRecognizer(), {})


def turn(text: str, role: str = "customer") -> AnalysedTurn:
    return EXTRACTOR.analyse(role, text)


# Prefixes

SORTED = sorted(["hello", "hello there", "help", "hi", "", "zürich", "zur", "\U0001f44b wave", "hello"])


@pytest.mark.parametrize("strings", [True, False], ids=["strings", "bytes"])
@pytest.mark.parametrize("start", ["", "h", "hel", "hello", "hello th", "z", "zü", "x", "\U0001f44b"])
def test_prefixes_are_found_by_strings_and_by_bytes(strings: bool, start: str) -> None:
    numbers = np.arange(10, 10 + len(SORTED), dtype=np.int32)
    index = PrefixIndex.of(Texts.of(SORTED), numbers, max_strings=100 if strings else 0)
    assert isinstance(index.texts, list) is strings
    found = index.starting_with(start).tolist()
    assert sorted(found) == [10 + n for n, text in enumerate(SORTED) if text.startswith(start)]


@given(texts=st.lists(st.text(max_size=12), max_size=12), start=st.text(max_size=4))
def test_any_texts_are_found_by_how_they_start(texts: list[str], start: str) -> None:
    index = PrefixIndex.of(Texts.of(texts), np.arange(len(texts), dtype=np.int32))
    expected = {number for number, text in enumerate(texts) if text.startswith(start)}
    assert set(index.starting_with(start).tolist()) == expected


def test_a_saved_order_makes_the_same_index() -> None:
    texts = ["please wait", "hello", "please hold"]
    order = np.array([1, 2, 0], np.int32)
    heads = np.array([head_of(texts[number]) for number in order], np.uint64)
    index = PrefixIndex.in_order(Texts.of(texts), order, heads)
    assert index.starting_with("please").tolist() == [2, 0]
    assert index.starting_with("nothing").tolist() == []


@given(left=st.text(max_size=10), right=st.text(max_size=10))
def test_heads_are_in_the_order_of_bytes(left: str, right: str) -> None:
    first, second = (text.encode()[:8].ljust(8, b"\0") for text in (left, right))
    assert (head_of(left) < head_of(right)) == (first < second)


# Phrases


@pytest.fixture(scope="module")
def phrase_index(tmp_path_factory: pytest.TempPathFactory) -> phrases.PhraseIndex:
    directory = tmp_path_factory.mktemp("phrases") / "one"
    texts = ["Please hold the line.", "Please hold on", "the line is busy"]
    artefact.save(directory, {}, phrases.build(texts, np.array([False, False, True])))
    return phrases.load(Artefact(directory))


def following(index: phrases.PhraseIndex, *before: str) -> list[set[str]]:
    """The words that follow the last word, the last two, and so on."""
    ranges = index.after([index.number(word) for word in reversed(before)])
    return [{index.words[index.next_at[position]] for position in range(*each)} for each in ranges]


def test_positions_after_the_same_words_are_neighbours(phrase_index: phrases.PhraseIndex) -> None:
    assert following(phrase_index, "the", "line") == [{".", "is"}, {".", "is"}]
    assert following(phrase_index, "hold", "the", "line") == [{".", "is"}, {".", "is"}, {"."}]
    assert following(phrase_index, "please", "hold") == [{"the", "on"}, {"the", "on"}]


def test_begin_end_and_inner_are_words(phrase_index: phrases.PhraseIndex) -> None:
    assert following(phrase_index, BEGIN) == [{"please"}]
    assert following(phrase_index, INNER) == [{"the"}]
    assert following(phrase_index, "busy") == [{END}]
    assert phrase_index.words[phrase_index.end] == END


def test_unknown_words_have_no_positions(phrase_index: phrases.PhraseIndex) -> None:
    assert phrase_index.number("nobody") == -1
    assert phrase_index.after([-1]) == []
    assert len(phrase_index.after([phrase_index.number("line"), -1])) == 1, "as far as words are known"


def test_words_are_found_by_how_they_start(phrase_index: phrases.PhraseIndex) -> None:
    low, high = phrase_index.starting_with("h")
    assert phrase_index.words[low:high] == ["hold"]
    low, high = phrase_index.starting_with("x")
    assert low == high


def test_flow_walks_through_a_text(phrase_index: phrases.PhraseIndex) -> None:
    [(start, end)] = phrase_index.after([phrase_index.number(INNER)])
    assert end - start == 1
    position, said = start, []
    while phrase_index.next_at[position] != phrase_index.end:
        said.append(phrase_index.words[phrase_index.next_at[position]])
        position = phrase_index.flow_at[position]
    assert said == ["the", "line", "is", "busy"]


def test_slots_are_words_of_a_kind(tmp_path: Path) -> None:
    artefact.save(tmp_path / "one", {}, phrases.build([f"call {SLOTS['name']} now"]))
    index = phrases.load(Artefact(tmp_path / "one"))
    assert index.slots == {index.number(SLOTS["name"]): "name"}


def test_an_index_of_nothing_is_empty(tmp_path: Path) -> None:
    artefact.save(tmp_path / "one", {}, phrases.build([]))
    index = phrases.load(Artefact(tmp_path / "one"))
    assert index.after([index.number(BEGIN)]) == []


# Neighbours


def index_of(vectors: list[list[float]], answers: list[int], **config: float) -> Neighbours:
    chosen = NeighbourConfig(**config)  # type: ignore[arg-type]
    arrays = neighbours.build(np.array(vectors, np.float32), np.array(answers, np.int32), chosen)
    names = ("centres", "starts", "vectors", "answers")
    return Neighbours(*(arrays[f"neighbour_{name}"] for name in names), chosen)


def test_near_contexts_vote_for_what_followed() -> None:
    index = index_of([[1, 0], [0.99, 0.1], [0, 1]], [5, 5, 8])
    templates, votes = index.votes(np.array([2.0, 0.0], np.float32))
    by_template = dict(zip(templates.tolist(), index.shares_of(votes).tolist(), strict=True))
    assert by_template[5] > 0.99
    assert sum(by_template.values()) == pytest.approx(1.0, abs=1e-4)


def test_only_the_nearest_contexts_vote() -> None:
    index = index_of([[1, 0], [0.9, 0.1], [0, 1]], [5, 6, 7], voters=2)
    templates, _ = index.votes(np.array([1.0, 0.0], np.float32))
    assert templates.tolist() == [5, 6]


def test_only_the_nearest_cells_are_searched() -> None:
    rng = np.random.default_rng(0)
    east, north = ([[1, 0], [0, 1]][n] for n in (0, 1))
    vectors = [list(np.array(centre) + 0.01 * rng.standard_normal(2)) for centre in [east] * 30 + [north] * 30]
    index = index_of(vectors, [1] * 30 + [2] * 30, contexts_per_cell=30, cells_searched=1, voters=50)
    assert index.votes(np.array([1.0, 0.0], np.float32))[0].tolist() == [1]
    assert index.votes(np.array([0.0, 1.0], np.float32))[0].tolist() == [2]


def test_the_latest_contexts_with_an_answer_are_indexed() -> None:
    index = index_of([[1, 0], [0, 1], [1, 1], [1, 2]], [1, 2, -1, 4], max_contexts=2)
    assert sorted(index.answers.tolist()) == [2, 4]


def test_an_index_of_no_contexts_has_no_votes() -> None:
    index = index_of(np.zeros((0, 3)).tolist() or [[0.0, 0.0, 0.0]], [-1])
    templates, votes = index.votes(np.ones(3, np.float32))
    assert (len(templates), len(votes)) == (0, 0)


# Variants


def variants_of(texts: list[str]) -> Variants:
    variants = Variants()
    for number, text in enumerate(texts):
        variants.add(number, "it is # in #", entities_of(EntityRecognizer(), text))
    return variants


def test_the_variant_whose_entities_were_said_fits() -> None:
    variants = variants_of(["It is 5 in Boston", "It is 7 in Boston", "It is 5 in Denver"])
    assert variants.groups == {0: [0, 1, 2]}
    [best] = variants.fitting(0, ["7", "boston"], 2)
    assert (best.number, best.probability) == (1, 1.0)


def test_variants_that_fit_as_well_share_the_probability() -> None:
    variants = variants_of(["It is 5 in Boston", "It is 7 in Boston", "It is 5 in Denver"])
    fitting = variants.fitting(0, ["boston"], 2)
    assert [(each.number, each.probability) for each in fitting] == [(0, 0.5), (1, 0.5)]
    assert len(variants.fitting(0, ["boston"], 1)) == 1


def test_too_few_entities_said_fit_nothing() -> None:
    variants = variants_of(["It is 5 at 7 in Boston by 9"])
    assert variants.fitting(0, ["5"], 2) == []
    assert variants.fitting(0, [], 2) == []
    assert variants.fitting(0, ["5", "7"], 2) != []


# Typos

CORRECTOR = Corrector(["refund", "account", "form", "billing"], ["Please".casefold(), "hello"])


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("refnud", "refund"),  # swapped
        ("refun", "refund"),  # missing
        ("reffund", "refund"),  # doubled
        ("refind", "refund"),  # replaced
        ("plea", "plea"),  # the beginning of a first word is known
        ("plese", "please"),  # and corrected
        ("accoutn", "account"),
        ("refund", "refund"),
        ("fort", "form"),
        ("cat", "cat"),  # too short
        ("ab12cd", "ab12cd"),  # no word
        ("rrefundd", "rrefundd"),  # two letters away
        ("supercalifragilistic", "supercalifragilistic"),
    ],
)
def test_words_one_letter_away_are_corrected(typed: str, corrected: str) -> None:
    assert CORRECTOR.corrected(typed) == corrected


def test_each_word_of_a_text_is_corrected_and_spaces_stay() -> None:
    assert CORRECTOR.text("helo  my refnud ") == "hello  my refund "


# Values of the conversation


def completer(*said: str, **config: int) -> ValueCompleter:
    values = Values.of([turn(text) for text in said], "Alexandra", "Nora")
    return ValueCompleter(values, ValueCompletionConfig(**config))


@pytest.mark.parametrize(
    ("typed", "rest"),
    [
        ("Hi Ale", "xandra"),
        ("Hi Al", "exandra"),
        ("Hi al", ""),  # two small letters begin many words
        ("hi ale", ""),  # no capital letter
        ("Hi 'Ale", "xandra"),
        ("", ""),
        ("Alexandra", ""),
        ("I see 55", "001234"),
        ("STRAßE Ale", ""),  # a letter folds to two
    ],
)
def test_a_value_is_completed_from_two_letters_on(typed: str, rest: str) -> None:
    assert completer("My order is 55001234").completion(typed) == rest


def test_a_beginning_of_two_values_completes_none() -> None:
    both = completer("I was at Boston Common in Boston Harbor")
    assert both.completion("in Bos") == "" or both.completion("in Boston H") == "arbor"


def test_values_are_completed_near_the_end_only() -> None:
    assert completer(max_words_back=1).completion("Ale is who") == ""
    assert completer(min_value_length=20).completion("Hi Ale") == ""


def test_without_values_nothing_is_completed() -> None:
    assert ValueCompleter(Values.of([])).completion("Hi Ale") == ""


# Lexical match


@pytest.mark.parametrize(
    ("words", "one"),
    [
        (("code", "codes", "coding", "coded"), "cod"),
        (("open", "opened", "opening"), "open"),
        (("scan", "scanned"), "scan"),
    ],
)
def test_endings_are_taken_off(words: tuple[str, ...], one: str) -> None:
    assert {stem(word) for word in words} == {one}


def test_short_words_keep_their_endings() -> None:
    assert stem("was") == "was"
    assert stem("red") == "red"
    assert stems("The code, the code!") == ("cod",)


LEXICAL = LexicalIndex(["Your code works only once", "A red light means no signal", "The red code"])


def test_rare_words_in_common_score() -> None:
    scores = LEXICAL.scores(LEXICAL.query_terms([turn("my light is off")]))
    assert scores.argmax() == 1
    assert scores[0] == scores[2] == 0


def test_a_response_scores_1_with_itself() -> None:
    scores = LEXICAL.scores(LEXICAL.query_terms([turn("a red light means no signal")]))
    assert scores[1] == pytest.approx(1.0)
    assert scores.max() <= 1.0 + 1e-6


def test_a_text_outside_of_the_index_scores_alike() -> None:
    query = LEXICAL.query_terms([turn("the red code is refused")])
    assert LEXICAL.score(query, "The red code") == pytest.approx(float(LEXICAL.scores(query)[2]), abs=1e-6)
    assert LEXICAL.score(query, "unknown words") == 0.0


def test_later_messages_and_customers_weigh_more() -> None:
    query = LEXICAL.query_terms([turn("light"), turn("signal")])
    light, signal = (LEXICAL.score(query, word) for word in ("light", "signal"))
    assert signal > light
    query = LEXICAL.query_terms([turn("light", "agent"), turn("signal")])
    assert LEXICAL.score(query, "light") < light


def test_older_messages_do_not_count() -> None:
    index = LexicalIndex(["one light", "one signal"], QueryConfig(max_turns=1))
    assert index.scores(index.query_terms([turn("light"), turn("signal")])).tolist()[0] == 0
