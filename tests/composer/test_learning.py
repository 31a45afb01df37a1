"""Training: what it reads, what it writes, which model is in use, and that no company learns from another."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.actors import Actor
from accounts.models import AuditEntry, Company
from caching.cache import forget_all
from caching.clients import key, sync_client
from composer.engine.prefix import PrefixEngine
from composer.engine.serve.engine import RankingEngine
from composer.engine.train import evaluate
from composer.engine.train.evaluate import Measured
from composer.engine.types import SuggestionContext, Turn
from composer.learning import history, store, tasks, training
from composer.learning.selectors import model_in_use, models_of, untrained
from composer.learning.switch import learn_from_transcripts
from composer.learning.training import NoSuchModelError, Trained, train_suggestions, use_model
from composer.models import ModelStatus, SuggestionModel
from composer.suggestions import engines
from composer.usage.events import SentFigures, record_message_sent
from conversations.history import History, PastConversation, PastMessage
from conversations.models import Message, MessageKind
from conversations.selectors import Scope
from conversations.services import NewMessage, Party, add_messages
from responses.models import ListVersion
from tests.factories import MOMENT, make_company, make_conversation, make_list, offer, say

pytestmark = pytest.mark.django_db

ANSWERS = {
    "My parcel is late": "I am sorry, I will look for your parcel right away.",
    "I forgot my password": "No worries, I have sent you a link to reset it.",
    "Where is my invoice": "Your invoice is in the mail, dear customer.",
}


@pytest.fixture(autouse=True)
def models_folder(settings: Any, tmp_path: Path) -> Path:
    settings.MODELS_DIR = tmp_path / "models"
    return tmp_path / "models"


@pytest.fixture
def company() -> Company:
    return make_company()


def scope_of(company: Company) -> Scope:
    return Scope(company.pk, "production")


def talk(company: Company, count: int, answers: dict[str, str] | None = None) -> None:
    """`count` past conversations of two messages each, a minute apart, each of another customer."""
    told = list((answers or ANSWERS).items())
    past = []
    for number in range(count):
        asked, answered = told[number % len(told)]
        at = MOMENT + timedelta(minutes=number)
        messages = [
            PastMessage("customer", f"k{number}", f"{asked}, ticket {number}", at),
            PastMessage("agent", "a1", answered, at + timedelta(seconds=20)),
        ]
        past.append(
            PastConversation(
                f"past-{number}",
                messages,
                customer=Party(f"k{number}", "Sarah Jones"),
                agent=Party("a1", "Robin Agent"),
            )
        )
    with transaction.atomic():
        History(Actor.system(company.pk), scope_of(company)).write(past)


def train(company: Company) -> Trained:
    return train_suggestions(scope_of(company), by=Actor.system(company.pk))


def forget() -> None:
    """As in a process that has just started."""
    forget_all()
    engines.engine_cache.clear()


def offers(company: Company, asked: str, typed: str = "") -> list[str]:
    turns = (Turn("customer", asked),)
    scene = SuggestionContext(company.slug, "production", "a2", turns)
    return [
        offer.text
        for offer in engines.suggestion_engine(scope_of(company)).engine.prepare(scene).suggest(typed).replies
    ]


class TestHistory:
    def test_conversations_come_in_order_of_time_with_first_names(self, company: Company) -> None:
        talk(company, 5)
        ids = history.spoken_conversations(scope_of(company))
        read = list(history.read(scope_of(company), ids))
        assert [row.turns[0].text for row in read] == [
            f"{list(ANSWERS)[number % 3]}, ticket {number}" for number in range(5)
        ]
        assert [turn.role for turn in read[0].turns] == ["customer", "agent"]
        assert (read[0].agent, read[0].customer_name, read[0].agent_name) == ("a1", "Sarah", "Robin")
        assert len({row.customer for row in read}) == 5

    def test_what_the_desk_sent_in_an_agents_name_is_not_read(self, company: Company) -> None:
        conversation = make_conversation(company)
        say(conversation, "My line is dead")
        for by, text in ((Actor.system(company.pk), "Hello and welcome!"), (Actor(company.pk, "credential"), "Oh no")):
            message = NewMessage(role="agent", sender="671", text=text, sent_at=MOMENT)
            add_messages(by=by, conversation=conversation, messages=[message])
        [read] = history.read(scope_of(company), [conversation.pk])
        assert [turn.text for turn in read.turns] == ["My line is dead", "Oh no"]

    def test_batches_hide_nothing(self, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
        talk(company, 7)
        monkeypatch.setattr(history, "BATCH", 3)
        ids = history.spoken_conversations(scope_of(company))
        assert len(list(history.read(scope_of(company), ids))) == 7

    def test_notes_other_environments_and_other_companies_are_not_read(self, company: Company) -> None:
        other = make_company("globex")
        talk(other, 2)
        sandbox = make_conversation(company, environment="sandbox")
        say(sandbox, "Hello from the sandbox", role="agent")
        conversation = make_conversation(company, "c2")
        say(conversation, "Hello", role="agent")
        say(conversation, "she sounds upset", role="agent", after=1)
        Message.objects.filter(text="she sounds upset").update(kind=MessageKind.NOTE)
        ids = history.spoken_conversations(scope_of(company))
        assert ids == [conversation.pk]
        [read] = history.read(scope_of(company), ids)
        assert [turn.text for turn in read.turns] == ["Hello"]
        theirs = history.spoken_conversations(scope_of(other))
        assert list(history.read(scope_of(company), theirs)) == []

    def test_what_became_of_offers(self, company: Company) -> None:
        conversation = make_conversation(company)
        elsewhere = make_conversation(company, environment="sandbox")
        for number, (place, edits, text) in enumerate(
            [(conversation, 0, "Hello"), (conversation, 2, "Hi"), (conversation, 0, ""), (elsewhere, 0, "Trial")]
        ):
            figures = SentFigures(selected_suggestion_text=text, num_edits=edits)
            record_message_sent(conversation=place, message_id=f"m{number}", augmentations=[], figures=figures)
        assert sorted(history.usage(scope_of(company))) == [("Hello", 1.0), ("Hi", 0.25)]

    def test_what_was_passed_over(self, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(history, "MESSAGES", 2)
        conversation = make_conversation(company)
        sent = [say(conversation, f"I will see, {number}", role="agent", after=number) for number in range(3)]
        for id_ in sent:
            offer(id_, "Goodbye", "i will see,  0")
        elsewhere = say(make_conversation(make_company("globex")), "Yes", role="agent")
        offer(elsewhere, "Theirs")
        found = list(history.usage(scope_of(company)))
        assert sorted(found) == [("Goodbye", -0.1)] * 3 + [("i will see,  0", -0.1)] * 2, "the third was typed out"


@pytest.mark.one_engine
class TestTraining:
    def test_what_agents_say_is_offered_after_it(self, company: Company) -> None:
        make_list(company, "Good day to you")
        talk(company, 320)
        assert offers(company, "I forgot my password") == ["Good day to you"]
        trained = train(company)
        assert trained.in_use
        assert trained.model.messages == 308
        assert (trained.model.turns, trained.model.hits) == (12, 12)
        forget()
        assert ANSWERS["I forgot my password"] in offers(company, "I forgot my password")
        assert AuditEntry.objects.filter(action="suggestions.trained", company=company).count() == 1

    def test_running_processes_take_the_new_model(
        self, company: Company, django_capture_on_commit_callbacks: Any
    ) -> None:
        make_list(company, "Good day to you")
        talk(company, 320)
        assert isinstance(engines.suggestion_engine(scope_of(company)).engine, PrefixEngine)
        with django_capture_on_commit_callbacks(execute=True):
            train(company)
        engines.suggestion_engine(scope_of(company))
        for thread in threading.enumerate():
            if thread.name == "engine":
                thread.join(10)
        assert isinstance(engines.suggestion_engine(scope_of(company)).engine, RankingEngine)

    def test_a_list_alone_is_enough(self, company: Company) -> None:
        version = make_list(company, "Hello, how may I help?", "Goodbye and take care")
        trained = train(company)
        assert (trained.model.messages, trained.model.turns, trained.in_use) == (0, 0, True)
        assert trained.model.version == version
        forget()
        assert offers(company, "Hi", "goodb") == ["Goodbye and take care"]

    def test_no_company_learns_from_another(self, company: Company) -> None:
        other = make_company("globex")
        talk(other, 320, {"Where is my ship": "The ship sails at dawn, be there."})
        make_list(company, "Good day to you")
        talk(company, 320)
        train(company)
        train(other)
        assert "The ship sails at dawn, be there." not in offers(company, "Where is my ship", "The sh")
        folder = store.folder_of(models_of(scope_of(company))[0].pk)
        assert not any(b"sails" in path.read_bytes() for path in folder.iterdir())

    def test_the_switch_hides_what_was_learned_from_agents(self, company: Company) -> None:
        make_list(company, "Good day to you")
        talk(company, 320)
        train(company)
        learn_from_transcripts(scope_of(company), False, by=Actor.system(company.pk))
        assert ANSWERS["I forgot my password"] not in offers(company, "I forgot my password")

    def test_an_artefact_that_is_gone_leaves_the_list(self, company: Company, caplog: pytest.LogCaptureFixture) -> None:
        make_list(company, "Good day to you")
        trained = train(company)
        store.remove([trained.model.pk])
        assert offers(company, "Hi", "good") == ["Good day to you"]
        assert "cannot be read" in caplog.text


@pytest.mark.one_engine
class TestPromotion:
    def test_a_worse_model_stays_out_of_use_and_can_be_used_all_the_same(
        self, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_list(company, "Hello")
        talk(company, 320)
        first = train(company)
        monkeypatch.setattr(evaluate, "is_worse", lambda *_: True)
        second = train(company)
        assert not second.in_use
        assert second.model.hits_before == first.model.hits
        assert model_in_use(scope_of(company)) == first.model
        use_model(scope_of(company), second.model.pk, by=Actor.system(company.pk))
        assert model_in_use(scope_of(company)) == second.model
        first.model.refresh_from_db()
        assert first.model.status == ModelStatus.KEPT

    def test_a_slow_training_does_not_replace_one_that_learned_more_meanwhile(
        self, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_list(company, "Hello")
        measured, finished = training._measured, []

        def overtaken(*arguments: Any) -> Measured | None:
            if not finished:
                finished.append("the other")
                talk(company, 320)
                sync_client().delete(key("training", f"{company.pk}:production"))  # its lock was lost
                finished.append(train(company))
            return measured(*arguments)

        monkeypatch.setattr(training, "_measured", overtaken)
        slow = train(company)
        _, quick = finished
        assert (slow.in_use, quick.in_use) == (False, True)
        assert model_in_use(scope_of(company)) == quick.model

    def test_worse_means_more_than_chance(self) -> None:
        def measured(*hits: int) -> Measured:
            return Measured(tuple(bool(hit) for hit in hits))

        old = measured(*[1] * 100)
        assert evaluate.is_worse(measured(*[0] * 9, *[1] * 91), old)
        assert not evaluate.is_worse(old, old)
        assert not evaluate.is_worse(measured(0, *[1] * 99), old)
        assert not evaluate.is_worse(measured(*[0] * 5, *[1] * 5), measured(*[1] * 5, *[0] * 5))

    def test_only_one_model_can_be_in_use(self, company: Company) -> None:
        train(company)
        with pytest.raises(IntegrityError), transaction.atomic():
            SuggestionModel.objects.create(
                company=company, environment="production", status="in_use", conversations=0, messages=0, seconds=0
            )

    def test_models_of_others_and_unknown_ones_are_not_used(self, company: Company) -> None:
        other = make_company("globex")
        theirs = train(other).model
        for model_id in (theirs.pk, "01GCS2XA9447BCQANJF2SXXVA0", "../../etc", ""):
            with pytest.raises(NoSuchModelError):
                use_model(scope_of(company), model_id, by=Actor.system(company.pk))
        assert model_in_use(scope_of(other)) == theirs

    @pytest.mark.parametrize("step", ["train", "_measured", "_put_into_use"])
    def test_a_crash_leaves_the_old_model_in_use(
        self, company: Company, monkeypatch: pytest.MonkeyPatch, models_folder: Path, step: str
    ) -> None:
        make_list(company, "Hello")
        first = train(company).model

        def crash(*_: object, **__: object) -> None:
            raise RuntimeError("power cut")

        monkeypatch.setattr(training, step, crash)
        with pytest.raises(RuntimeError, match="power cut"):
            train(company)
        assert models_of(scope_of(company)) == [first]
        assert model_in_use(scope_of(company)) == first
        assert [path.name for path in models_folder.iterdir()] == [first.pk]

    def test_old_models_are_forgotten_the_one_in_use_is_not(
        self, company: Company, monkeypatch: pytest.MonkeyPatch, models_folder: Path
    ) -> None:
        monkeypatch.setattr(training, "KEPT_MODELS", 2)
        for _ in range(5):
            train(company)
        rows = models_of(scope_of(company))
        assert [row.status for row in rows] == ["in_use", "kept", "kept"]
        assert {path.name for path in models_folder.iterdir()} == {row.pk for row in rows}


@pytest.mark.one_engine
class TestTasks:
    def test_new_lists_are_trained_once(self, company: Company) -> None:
        make_list(company, "Hello")
        assert list(untrained()) == [scope_of(company)]
        assert tasks.train_new_suggestions() == 1
        assert tasks.train_new_suggestions() == 0
        make_list(company, "Hello", "Goodbye")
        assert tasks.train_new_suggestions() == 1
        assert ListVersion.objects.count() == 2

    def test_a_model_of_an_earlier_version_is_trained_anew_and_removed(
        self, company: Company, caplog: pytest.LogCaptureFixture
    ) -> None:
        make_list(company, "Good day to you")
        old = train(company).model
        meta = store.folder_of(old.pk) / "meta.json"
        meta.write_text(json.dumps(json.loads(meta.read_text()) | {"version": 3}))
        forget()
        assert offers(company, "Hi", "good") == ["Good day to you"], "the list serves meanwhile"
        assert "artefact of version 3" in caplog.text
        assert list(untrained()) == [scope_of(company)]
        assert tasks.train_new_suggestions() == 1
        assert tasks.train_new_suggestions() == 0
        forget()
        assert isinstance(engines.suggestion_engine(scope_of(company)).engine, RankingEngine)
        assert not store.folder_of(old.pk).exists()

    def test_a_new_list_does_not_throw_away_what_was_learned(self, company: Company) -> None:
        make_list(company, "Hello")
        talk(company, 320)
        train(company)
        make_list(company, "Hello", "Goodbye")
        assert list(untrained()) == []

    def test_the_regular_training_takes_every_environment(self, company: Company) -> None:
        make_list(company, "Hello")
        make_list(make_company("globex"), "Hello")
        assert tasks.train_all_suggestions() == 2

    def test_two_do_not_train_the_same_at_once(self, company: Company) -> None:
        make_list(company, "Hello")
        lock = sync_client().lock(key("training", f"{company.pk}:production"), timeout=60)
        assert lock.acquire(blocking=False)
        assert tasks.train_new_suggestions() == 0
        lock.release()
        assert tasks.train_new_suggestions() == 1


@pytest.mark.one_engine
def test_progress_is_told(company: Company) -> None:
    talk(company, 320)
    stages: list[str] = []

    def hear(stage: str, _done: int, _total: int) -> None:
        stages.append(stage)

    train_suggestions(scope_of(company), by=Actor.system(company.pk), progress=hear)
    assert "measure" in stages
    assert len(set(stages)) >= 2
