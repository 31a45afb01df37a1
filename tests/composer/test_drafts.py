from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Agent
from composer.desk.services import keep_draft
from composer.desk.services.drafts import clear_drafts
from composer.models import Draft, PersonalWord
from composer.suggestions import personal_words as words_module
from composer.suggestions.personal_words import MAX_WORDS, add_word, remove_word
from conversations.models import Conversation
from tests.factories import make_company, make_conversation


@pytest.fixture
def conversation() -> Conversation:
    return make_conversation(make_company())


@pytest.fixture
def agent(conversation: Conversation) -> Agent:
    return Agent.objects.get(company=conversation.company)


@pytest.mark.django_db
class TestDrafts:
    def keep(self, agent: Agent, conversation: Conversation, text: str, revision: int) -> Draft:
        return keep_draft(agent=agent, conversation=conversation, text=text, cursor=len(text), revision=revision)

    def test_the_newest_revision_wins_in_any_order(self, agent: Agent, conversation: Conversation) -> None:
        self.keep(agent, conversation, "Hel", 1)
        self.keep(agent, conversation, "Hello", 3)
        late = self.keep(agent, conversation, "Hell", 2)
        assert (late.text, late.revision, late.cursor) == ("Hello", 3, 5)
        assert Draft.objects.get().text == "Hello"

    def test_a_sent_draft_does_not_come_back(self, agent: Agent, conversation: Conversation) -> None:
        self.keep(agent, conversation, "Hello", 5)
        self.keep(agent, conversation, "", 6)
        assert self.keep(agent, conversation, "Hello", 5).text == ""

    def test_agents_and_conversations_have_their_own(self, agent: Agent, conversation: Conversation) -> None:
        other = Agent.objects.create(company=agent.company, environment="production", external_id="other")
        second = make_conversation(conversation.company, "second")
        self.keep(agent, conversation, "a", 9)
        self.keep(other, conversation, "b", 1)
        self.keep(agent, second, "c", 1)
        assert sorted(Draft.objects.values_list("text", flat=True)) == ["a", "b", "c"]

    def test_what_was_sent_is_cleared_and_nothing_else(self, agent: Agent, conversation: Conversation) -> None:
        other = Agent.objects.create(company=agent.company, environment="production", external_id="other")
        second, third = (make_conversation(conversation.company, name) for name in ("second", "third"))
        for who, where, revision in (
            (agent, conversation, 4),
            (agent, second, 7),
            (agent, third, 9),
            (other, second, 1),
        ):
            self.keep(who, where, "Hello", revision)
        sent = {(agent.pk, conversation.pk): 4, (agent.pk, second.pk): 9, (agent.pk, third.pk): 8}
        with CaptureQueriesContext(connection) as queries:
            clear_drafts(sent)
        assert len(queries) == 2
        kept = Draft.objects.order_by("pk").values_list("text", "cursor", "revision")
        assert list(kept) == [("", 0, 5), ("", 0, 10), ("Hello", 5, 9), ("Hello", 5, 1)]

    def test_nothing_sent_is_no_statement(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            clear_drafts({})

    def test_a_draft_is_kept_as_it_was_typed(self, agent: Agent, conversation: Conversation) -> None:
        assert self.keep(agent, conversation, "  4111 1111 \n\n", 1).text == "  4111 1111 \n\n"


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_keep_the_newest(agent: Agent, conversation: Conversation) -> None:
    def save(revision: int) -> None:
        keep_draft(agent=agent, conversation=conversation, text=str(revision), cursor=0, revision=revision)
        connection.close()

    threads = [threading.Thread(target=save, args=(revision,)) for revision in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Draft.objects.get().text == "8"


@pytest.mark.django_db
class TestPersonalWords:
    def test_a_word_is_known_once_in_any_case(self, agent: Agent) -> None:
        assert add_word(agent=agent, word="Zelle")
        assert add_word(agent=agent, word="ZELLE")
        assert list(PersonalWord.objects.values_list("word", flat=True)) == ["zelle"]
        remove_word(agent=agent, word="zELLE")
        assert not PersonalWord.objects.exists()

    def test_a_full_dictionary_takes_no_more(self, agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
        assert MAX_WORDS >= 1000
        monkeypatch.setattr(words_module, "MAX_WORDS", 2)
        assert [add_word(agent=agent, word=word) for word in ("a", "b", "c", "B")] == [True, True, False, True]
