"""Text analysis: tokens, entities, inserts, features, similarity, vocabulary, fill rates, templates."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.engine.store.bags import FIELDS
from composer.engine.text.entities import KINDS, ORDINARY, SLOTS, EntityRecognizer, Span, masked
from composer.engine.text.features import FeatureExtractor, circumstances, hashed
from composer.engine.text.fill_rates import FillRateConfig, FillRates, Tally
from composer.engine.text.inserts import inserts_as_slots, masked_entry
from composer.engine.text.similarity import SIGNATURE_BITS, containment, signature, signatures, word_f1
from composer.engine.text.templates import Template, Values, filled, slots_of
from composer.engine.text.tokens import fold, tokens, words
from composer.engine.text.vocabulary import CapitalCounts, CapitalizationConfig

RECOGNIZER = EntityRecognizer()
NUMBER, NAME, CUSTOMER, AGENT = (SLOTS[kind] for kind in ("number", "name", "customer", "agent"))


def kinds(text: str, **names: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in RECOGNIZER.spans(text, **names)]


# Tokens


@pytest.mark.parametrize(
    ("text", "folded"),
    [("  Hello   there ", "hello there"), ("I’m", "i'm"), ("STRAßE", "strasse"), ("", ""), ("a\tb\nc", "a b c")],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_words_are_tokens_without_marks() -> None:
    text = fold(f"Well, it's {NUMBER} o'clock!")
    assert tokens(text) == ["well", ",", "it's", NUMBER, "o'clock", "!"]
    assert words(text) == ["well", "it's", NUMBER, "o'clock"]


# Entities


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.example/b?c=d now", [("link", "https://a.example/b?c=d")]),
        ("mail jo@example.com", [("email", "jo@example.com")]),
        ("ask @larkline", [("handle", "@larkline")]),
        ("at 5:30 pm today", [("time", "5:30 pm")]),
        ("it is 12:45", [("time", "12:45")]),
        ("you owe $1,250.50", [("amount", "$1,250.50")]),
        ("on March 3rd, 2024", [("date", "March 3rd, 2024")]),
        ("on 2024-03-01", [("date", "2024-03-01")]),
        ("see you friday", [("date", "friday")]),
        ("call 415-555-0132", [("phone", "415-555-0132")]),
        ("code AB12-X", [("code", "AB12-X")]),
        ("for 5 people", [("number", "5")]),
        ("for seven people", [("number", "seven")]),
        ("nothing in here", []),
        ("", []),
    ],
)
def test_entities_are_found_by_their_shape(text: str, found: list[tuple[str, str]]) -> None:
    assert kinds(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I live in Pittsburgh now", [("name", "Pittsburgh")]),
        ("Pittsburgh is nice", []),  # the start of a sentence says nothing
        ("I was at the Museum of Art", [("name", "Museum of Art")]),
        ("it was Ok then", []),  # an ordinary word
        ("we met Jane's brother", [("name", "Jane")]),
    ],
)
def test_names_are_found_by_their_capital_letters(text: str, found: list[tuple[str, str]]) -> None:
    assert kinds(text) == found


def test_names_of_customer_and_agent_are_known() -> None:
    text = "Hi Nora, I am Sam. Have you met nora?"
    assert kinds(text, customer="Nora", agent="Sam") == [("customer", "Nora"), ("agent", "Sam"), ("customer", "nora")]


def test_a_learned_name_is_one_in_small_letters_too() -> None:
    recognizer = EntityRecognizer(ORDINARY | {"boston"}, frozenset({"lucca"}))
    assert [span.kind for span in recognizer.spans("a table at lucca in Boston")] == ["name"]


@given(text=st.text(alphabet="aB1 .:$@#/-'\u2019ßé", max_size=60))
def test_spans_of_any_text_are_in_order_and_apart(text: str) -> None:
    spans = RECOGNIZER.spans(text, "aB", "B")
    assert all(span.kind in KINDS and 0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))


def test_masking_puts_one_slot_for_each_entity() -> None:
    text = "Call Jane at 5pm"
    assert masked(text, RECOGNIZER.spans(text)) == f"Call {NAME} at {SLOTS['time']}"
    assert masked(text, []) == text
    assert masked("abc", [Span("code", 0, 3)]) == SLOTS["code"]


# Inserts


def test_inserts_stay_when_an_entry_is_masked() -> None:
    assert masked_entry(RECOGNIZER, "Dear {Name5}, call 5 times") == f"Dear {{Name5}}, call {NUMBER} times"


def test_inserts_are_the_slots_of_people() -> None:
    assert inserts_as_slots("Hi {NAME}, I am {rep_name} or {AGENT_FIRST}") == f"Hi {CUSTOMER}, I am {AGENT} or {AGENT}"


# Features

EXTRACTOR = FeatureExtractor(RECOGNIZER, {"hello": 0, "there": 1, "lucca": 2, NAME: 3})


def test_words_have_numbers_and_pairs_are_hashed() -> None:
    singles, pairs = EXTRACTOR.word_features(["hello", "unknown", "there"])
    assert singles.tolist() == [0, 1]
    assert len(pairs) == 3, "begin-hello, hello-there, there-end"
    assert (pairs >= len(EXTRACTOR.numbers)).all()
    assert (pairs < EXTRACTOR.response_rows).all()


def test_an_agents_message_has_a_feature_of_its_own() -> None:
    customer, agent = (EXTRACTOR.analyse(role, "hello there") for role in ("customer", "agent"))
    assert len(agent.ids) == len(customer.ids) + 1
    assert customer.folded == agent.folded == "hello there"


def test_a_name_counts_by_its_words_although_it_is_masked() -> None:
    turn = EXTRACTOR.analyse("customer", "is there Lucca")
    assert turn.folded == f"is there {NAME}"
    assert 2 in turn.ids.tolist()
    assert EXTRACTOR.name_features(turn.text, turn.spans).tolist() == [2]


def test_a_response_may_have_a_row_of_its_own() -> None:
    plain, own = EXTRACTOR.response_features("hello", None), EXTRACTOR.response_features("hello", 7)
    assert own.tolist() == [*plain.tolist(), EXTRACTOR.response_rows + 7]


def test_the_fields_of_a_context() -> None:
    turns = [EXTRACTOR.analyse(*each) for each in (("customer", "hello"), ("agent", "there"), ("customer", "lucca"))]
    fields = EXTRACTOR.context_features(turns, circumstances("billing", "a"))
    assert len(fields) == FIELDS
    assert [ids.tolist() for ids in fields[:3]] == [turn.ids.tolist() for turn in reversed(turns)]
    assert len(fields[5]) == 4, "queue, agent, how many turns, who spoke last"
    assert max(map(int, fields[5])) < EXTRACTOR.context_rows


def test_after_an_agents_message_the_customers_field_is_empty() -> None:
    fields = EXTRACTOR.context_features([EXTRACTOR.analyse("agent", "hello")], [])
    assert not len(fields[0])
    assert len(fields[1])
    assert all(not len(field) for field in EXTRACTOR.context_features([], [])[:5])


def test_older_turns_leave_their_words() -> None:
    turns = [EXTRACTOR.analyse("customer" if number % 2 else "agent", "hello there") for number in range(9)]
    older = EXTRACTOR.context_features(turns, [])[4].tolist()
    assert set(older) == {0, 1}


def test_hashes_are_the_same_in_every_process() -> None:
    assert hashed("hello", 1 << 16) == 0xA686
    assert 0 <= hashed("\ud800", 10) < 10


# Similarity


def test_word_f1_and_containment() -> None:
    bits = signatures(["please hold the line", "hold the line", "", "something else"])
    f1 = word_f1(bits, bits)
    assert f1[0, 0] == 1.0
    assert f1[0, 1] == pytest.approx(6 / 7)
    assert f1[2, 2] == 0.0, "a text without words is like none"
    assert f1[0, 3] == 0.0
    within = containment(bits[:1], bits)
    assert within[0].tolist() == [1.0, 1.0, 0.0, 0.0]


def test_numbers_of_all_kinds_are_alike() -> None:
    one, other = (signature(words(f"you owe {SLOTS[kind]} now")) for kind in ("amount", "date"))
    assert (one == other).all()
    assert len(one) * 64 == SIGNATURE_BITS


def test_no_texts_have_no_signatures() -> None:
    assert signatures([]).shape == (0, SIGNATURE_BITS // 64)


# Vocabulary


def counts_of(*texts: str, **config: float) -> CapitalCounts:
    counts = CapitalCounts(CapitalizationConfig(**config))  # type: ignore[arg-type]
    for number, text in enumerate(texts):
        counts.add(text, number)
    return counts


def test_a_word_that_is_mostly_capital_is_a_name() -> None:
    recognizer = counts_of(*["I like Lucca a lot"] * 5).recognizer()
    assert "lucca" in recognizer.proper
    assert "lucca" not in counts_of(*["I like Lucca a lot"] * 4).recognizer().proper
    assert "lucca" not in counts_of(*["Lucca is nice"] * 9).recognizer().proper, (
        "the start of a sentence does not count"
    )


def test_a_word_that_is_often_small_is_ordinary() -> None:
    recognizer = counts_of(*["my Router is a router"] * 3).recognizer()
    assert "router" in recognizer.ordinary
    assert recognizer.ordinary >= ORDINARY


def test_a_word_of_too_few_customers_is_not_learned() -> None:
    counts = CapitalCounts()
    for _ in range(9):
        counts.add("my router likes Lucca", 1)
    assert "lucca" not in counts.recognizer().proper
    assert "router" not in counts.recognizer().ordinary
    counts.add("my router likes Lucca", None)
    assert "lucca" in counts.recognizer().proper, "the company's list says it, too"


# Fill rates


def test_a_tally_starts_at_its_prior_and_follows_what_is_counted() -> None:
    tally = Tally()
    assert tally.rate(0.4, 4.0) == 0.4
    for _ in range(100):
        tally.add(True)
    assert tally.rate(0.4, 4.0) > 0.95


def fill(rates: FillRates, said: str, heard: str, times: int = 1) -> None:
    for customer in range(times):
        turn = EXTRACTOR.analyse("agent", said)
        values = Values.of([EXTRACTOR.analyse("customer", heard)])
        rates.add(turn, masked(turn.text, list(turn.spans)), values, customer)


def test_fill_rates_of_slots_and_templates() -> None:
    rates = FillRates()
    fill(rates, "I book it at 5pm", "maybe at 5pm", 10)
    fill(rates, "you owe $9 now", "I paid $3", 10)
    assert rates.slot_rate("time", "at", "") > 0.6
    assert rates.slot_rate("amount", "owe", "now") < 0.2
    assert rates.template_rate(f"i book it at {SLOTS['time']}") > rates.template_rate(f"you owe {SLOTS['amount']} now")
    assert rates.template_rate("no slot at all") == 1.0
    assert rates.slot_rate("customer", "hi", "") == 1.0


def test_an_unknown_slot_has_the_rate_of_its_kind() -> None:
    rates = FillRates()
    fill(rates, "I book it at 5pm", "maybe at 5pm", 10)
    assert rates.slot_rate("time", "never", "seen") == pytest.approx(rates.kinds["time"].rate(0.4, 4.0))
    assert rates.slot_rate("code", "never", "seen") == FillRateConfig().prior_rate


def test_only_slots_of_enough_customers_are_saved() -> None:
    rates = FillRates()
    fill(rates, "I book it at 5pm", "maybe at 5pm", 2)
    assert list(rates.frequent_slots()) == []
    fill(rates, "I book it at 5pm", "maybe at 5pm", 3)
    assert [slot for slot, _ in rates.frequent_slots()] == [("time", "at", "")]


# Templates


def values_of(*said: str, **names: str) -> Values:
    return Values.of([EXTRACTOR.analyse("customer", text) for text in said], **names)


def test_slots_have_the_words_around_them() -> None:
    assert slots_of(f"Hi {CUSTOMER}, it is {NUMBER} days.") == ((CUSTOMER, "hi", ","), (NUMBER, "is", "days"))


def test_a_template_is_filled_or_says_what_is_missing() -> None:
    template = Template.of(f"Hi {CUSTOMER}, see {NAME}.")
    assert template.filled(values_of("I was in Lucca", customer="Nora")) == "Hi Nora, see Lucca."
    assert template.filled(values_of(customer="Nora")) is None
    assert template.missing(values_of(customer="Nora")) == ["name"]
    assert template.missing(values_of()) == ["customer", "name"]
    assert template.missing(values_of("I was in Lucca", customer="Nora")) == []


def test_no_value_is_used_twice() -> None:
    both = f"from {NAME} to {NAME}"
    assert filled(both, values_of("I go from Lucca to Porch")) == "from Lucca to Porch"
    assert filled(both, values_of("I go to Lucca")) is None


def test_the_latest_value_is_chosen() -> None:
    assert filled(f"so {NAME} it is", values_of("I like Lucca", "or rather Porch")) == "so Porch it is"


def test_a_value_beside_the_same_word_is_chosen() -> None:
    said = values_of("I go from Lucca", "I come to Porch")
    assert filled(f"you leave from {NAME} then", said) == "you leave from Lucca then"


def test_a_small_name_is_written_with_a_capital_letter() -> None:
    extractor = FeatureExtractor(EntityRecognizer(ORDINARY, frozenset({"lucca"})), {})
    values = Values.of([extractor.analyse("customer", "i like lucca")])
    assert filled(f"so {NAME}", values) == "so Lucca"


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Hello there", True), ("Hi {NAME}", False), ("Good morning", False), (f"at {NAME}", False)],
)
def test_plain_templates_are_the_same_in_any_conversation(text: str, plain: bool) -> None:
    assert Template.of(text).plain is plain


def test_numbers_alone() -> None:
    assert Template.of(f"within {NUMBER} days").has_numbers_alone
    assert not Template.of(f"{NAME} has {NUMBER} days").has_numbers_alone
    assert not Template.of("no slots").has_numbers_alone


def test_a_template_without_slots_needs_no_values() -> None:
    assert Template.of("Hello").slot_confidence(values_of()) == 1.0
    assert filled("Hello", values_of()) == "Hello"
