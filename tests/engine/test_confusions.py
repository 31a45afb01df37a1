"""Words that exist and are the wrong ones, by what stands before them: in a language, and in what a company writes."""

from __future__ import annotations

import json

import pytest

from composer.engine.fluency import Learned, SpellingEngine, learn, ranker_of
from composer.engine.fluency.confusion_fit import OwnUses
from composer.engine.fluency.confusion_models import ConfusionModels, confusions_of

# A company that writes "if you're" and "want too", each often enough to be learnt.
TEXTS = [
    *(f"Let us know if you're on flight {number} today" for number in range(150)),
    *(f"Please send us your code {number} today" for number in range(150)),
    *(f"Tell me if you want too many of {number}" for number in range(150)),
    *(f"Please go to gate {number} now" for number in range(150)),
]


def typed(text: str, engine: SpellingEngine) -> str | None:
    found = engine.correct(text + " ", len(text), len(text) + 1)
    return found.corrected if found else None


@pytest.fixture(scope="module")
def company() -> Learned:
    return learn((("", [text]) for text in TEXTS), (), ranker_of("en"))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Let me know if you want too", "to"),
        ("This room is much cheaper then", "than"),
        ("What is you're", "your"),
        ("Please give me you're", "your"),
        ("The hotel is to", None),
        ("Is their", "there"),
        ("I wish I were able too", "to"),
    ],
)
def test_the_sentence_so_far_tells_which_is_meant(text, meant):
    assert typed(text, SpellingEngine()) == meant


@pytest.mark.parametrize(
    "text",
    ["I know your", "I know you're", "Glad to hear you're", "It looks like there", "It looks like their",
     "We love you too", "Of course, your", "We will get you there", "your", "Its", "There"],
)  # fmt: skip
def test_where_either_goes_on_well_nothing_is_touched(text):
    assert typed(text, SpellingEngine()) is None


def test_a_later_word_changes_no_earlier_one():
    text = "I know your going"
    assert SpellingEngine().correct(text + " ", len(text), len(text) + 1) is None


def test_a_company_s_texts_tell_what_is_open_elsewhere(company):
    assert typed("Let us know if your", SpellingEngine()) is None
    assert typed("Let us know if your", SpellingEngine(company)) == "you're"
    assert typed("Please send us you're", SpellingEngine(company)) == "your"


def test_what_a_company_writes_often_is_not_corrected(company):
    assert typed("Let me know if you want too", SpellingEngine()) == "to"
    assert typed("Let me know if you want too", SpellingEngine(company)) is None


def test_models_are_kept_with_the_words(company, tmp_path):
    path = tmp_path / "words.json"
    company.save(path)
    again = Learned.load(path)
    assert again == company
    assert typed("Let us know if your", SpellingEngine(again)) == "you're"


def test_words_from_before_there_were_models_are_read(company, tmp_path):
    path = tmp_path / "words.json"
    company.save(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["confusions"]
    path.write_text(json.dumps(data), encoding="utf-8")
    assert Learned.load(path).models is None


def test_damaged_models_are_refused(tmp_path):
    path = tmp_path / "words.json"
    Learned(confusions=b"{}\n").save(path)
    with pytest.raises(ValueError, match="no models"):
        Learned.load(path)
    with pytest.raises(ValueError, match="Expecting value"):
        ConfusionModels(b"")


def uses_of(texts: list[str]) -> OwnUses:
    language = confusions_of("en")
    assert language is not None
    uses = OwnUses(language.kinds)
    uses.take(texts)
    return uses


def test_the_same_texts_give_the_same_models():
    assert uses_of(TEXTS).packed() == uses_of(TEXTS).packed()


def test_few_uses_give_no_models():
    assert uses_of(TEXTS[100:150]).packed() == b""


def test_a_text_that_is_sent_again_and_again_is_one_use():
    assert uses_of(["Let us know if you're here", "Please send us your code"] * 500).packed() == b""
