"""A company's own words in the speller and in the filter: dictionary, lists, and what a training learnt."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from accounts.actors import Actor
from accounts.models import AuditEntry, Company
from caching import versions
from caching.cache import forget_all
from caching.clients import sync_client
from composer.errors import BadWordError, NoSuchWordError
from composer.learning import store
from composer.learning.selectors import model_in_use
from composer.learning.switch import learn_from_transcripts
from composer.learning.training import train_suggestions
from composer.models import CompanyWord
from composer.suggestions import checks
from composer.suggestions import company_words as dictionary_module
from composer.suggestions.checks import checks_for
from composer.suggestions.company_words import add_company_word, remove_company_word
from conversations.history import History, PastConversation, PastMessage
from conversations.selectors import Scope
from safety.models import TermKind
from safety.services import add_term
from tests.factories import MOMENT, make_company, make_list

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def by(company: Company) -> Actor:
    return Actor.system(company.pk)


def scope_of(company: Company) -> Scope:
    return Scope(company.pk, "production")


def corrected(company: Company, text: str) -> str | None:
    """What the last word of the text becomes, when a space is typed behind it."""
    found = checks_for(scope_of(company)).spelling.correct(f"{text} ", len(text), len(text) + 1)
    return found.corrected if found else None


def talk(company: Company, *said: str) -> None:
    """A past conversation for each text."""
    past = [
        PastConversation(
            f"past-{number}",
            [
                PastMessage("customer", "k1", "Hello", MOMENT + timedelta(minutes=number)),
                PastMessage("agent", "a1", text, MOMENT + timedelta(minutes=number, seconds=20)),
            ],
        )
        for number, text in enumerate(said)
    ]
    History(Actor.system(company.pk), scope_of(company)).write(past)


class TestDictionary:
    def test_its_words_are_never_corrected_for_the_company(self, company: Company, by: Actor) -> None:
        stranger = make_company("globex")
        assert corrected(company, "How is tihs") == "this"
        row = add_company_word(by=by, word=" TIHS ")
        assert corrected(company, "How is tihs") is None
        assert corrected(company, "How is Tihs") is None
        assert corrected(stranger, "How is tihs") == "this"
        remove_company_word(by=by, word_id=row.pk)
        assert corrected(company, "How is tihs") == "this"
        actions = AuditEntry.objects.filter(subject_type="CompanyWord").values_list("action", "before", "after")
        assert list(actions.order_by("at")) == [
            ("company_word.added", None, {"word": "tihs"}),
            ("company_word.removed", {"word": "tihs"}, None),
        ]

    def test_a_word_is_there_once(self, by: Actor) -> None:
        assert add_company_word(by=by, word="eSIM").pk == add_company_word(by=by, word="esim").pk
        assert AuditEntry.objects.filter(action="company_word.added").count() == 1

    @pytest.mark.parametrize("word", ["", " ", "two words", "123", "x" * 65, "jo@example.com", "4111111111111111"])
    def test_what_is_no_word_is_refused(self, by: Actor, word: str) -> None:
        with pytest.raises(BadWordError):
            add_company_word(by=by, word=word)
        assert not CompanyWord.objects.exists()

    def test_a_full_dictionary_is_full(self, by: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dictionary_module, "MAX_COMPANY_WORDS", 1)
        add_company_word(by=by, word="one")
        with pytest.raises(BadWordError, match="at most 1"):
            add_company_word(by=by, word="two")

    def test_words_of_another_company_are_not_there(self, by: Actor) -> None:
        row = add_company_word(by=by, word="one")
        with pytest.raises(NoSuchWordError):
            remove_company_word(by=Actor.system(make_company("globex").pk), word_id=row.pk)


class TestCopies:
    def test_the_copy_stays_until_something_changes(
        self, company: Company, by: Actor, django_assert_num_queries: Any
    ) -> None:
        first = checks_for(scope_of(company))
        with django_assert_num_queries(0):
            assert checks_for(scope_of(company)) is first
        add_term(by=by, kind=TermKind.BLOCK, term="frobnix")
        second = checks_for(scope_of(company))
        assert second is not first
        assert not first.profanity.has_profanity("frobnix")
        assert second.profanity.has_profanity("frobnix")

    def test_without_redis_what_is_at_hand_serves(self, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(_: object) -> None:
            raise redis.ConnectionError

        kept = checks_for(scope_of(company))
        monkeypatch.setattr(versions, "read", away)
        assert checks_for(scope_of(company)) is kept
        forget_all()
        assert checks_for(scope_of(company)).spelling.correct("How is tihs ", 11, 12) is not None
        assert checks.find(scope_of(company)) is None
        sync_client().ping()


class TestLearntWords:
    @pytest.fixture(autouse=True)
    def models_folder(self, settings: Any, tmp_path: Path) -> None:
        settings.MODELS_DIR = tmp_path

    def train(self, company: Company) -> None:
        train_suggestions(scope_of(company), by=Actor.system(company.pk))

    def test_names_of_the_company_become_words_and_its_typos_do_not(self, company: Company) -> None:
        make_list(company, "Try our Vextra plan.", "The Vextra plan is new.", "Please recieve it.", "Please recieve.")
        assert corrected(company, "It is in your frobnx") is None
        talk(company, *["Your Frobnix is ready, please recieve it."] * 5, *["I recieve your Frobnix."] * 4)
        self.train(company)
        assert corrected(company, "It is in your frobnx") == "Frobnix"
        assert corrected(company, "Do you know vextr") == "Vextra"
        assert corrected(company, "Did you recieve") == "receive"

    def test_with_the_switch_off_only_lists_are_known(self, company: Company, by: Actor) -> None:
        make_list(company, "Try our Vextra plan.", "The Vextra plan is new.")
        talk(company, *["Your Frobnix is ready."] * 5)
        self.train(company)
        learn_from_transcripts(scope_of(company), False, by=by)
        assert corrected(company, "It is in your frobnx") is None
        assert corrected(company, "Do you know vextr") == "Vextra"

    def test_damaged_words_are_done_without(self, company: Company, caplog: pytest.LogCaptureFixture) -> None:
        make_list(company, "Try our Vextra plan.")
        self.train(company)
        model = model_in_use(scope_of(company))
        assert model is not None
        store.learnt_words_of(model.pk, True).write_text('{"version": 1}', encoding="utf-8")
        forget_all()
        assert corrected(company, "How is tihs") == "this"
        assert "cannot be read" in caplog.text

    def test_a_model_from_before_words_were_learnt_serves(self, company: Company) -> None:
        make_list(company, "Try our Vextra plan.")
        self.train(company)
        model = model_in_use(scope_of(company))
        assert model is not None
        store.learnt_words_of(model.pk, True).unlink()
        forget_all()
        assert corrected(company, "How is tihs") == "this"
