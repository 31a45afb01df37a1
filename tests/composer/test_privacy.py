"""What one customer was told is offered to nobody else, and no file of a model holds it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Company
from caching.cache import forget_all
from composer.engine.types import Offers
from composer.learning.training import train_suggestions
from composer.suggestions import contexts, engines
from conversations.history import History, PastConversation, PastMessage
from conversations.models import Conversation
from conversations.selectors import Scope
from conversations.services import Party
from demo.services import SLUG, load_demo
from tests.factories import make_company, make_conversation, make_list, say

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]

# What was said, and what of it nobody else may ever see.
SECRETS = {
    "guest Wi-Fi password": ("The guest password is purple walrus sings, all in small letters.", "walrus"),
    "network name": ("Your network is called Heronsnest now, please connect to it.", "heronsnest"),
    "door code": ("The technician opens the door with code 48#2207 at the back.", "2207"),
    "gift code": ("Use the gift code JOLLY-OTTER-9 when you pay the next bill.", "jolly"),
    "nickname": ("Lovely, then I will note that we may call you sparkletoes.", "sparkletoes"),
    "street address": ("A parcel goes to 7 Quillberry Lane, the yellow house.", "quillberry"),
    "PIN": ("I have set your PIN to four nine four nine for today.", "four nine four"),
    "licence key": ("Type the key kq7f-zzr2-pw9x-77aa into the second box.", "zzr2"),
    "e-mail in words": ("I send it to wilma dot brontosaurus at cavemail dot example.", "brontosaurus"),
    "name of a firm": ("So the invoice goes to the firm of Grimble and Snodgrass.", "snodgrass"),
}
# Without numbers: a learned reply takes those from the conversation at hand, and is not offered where none was said.
EVERYDAY = (
    "I am sorry to hear that, let me look at the line for you.",
    "Could you please restart the router and wait for a moment?",
    "You're very welcome. Is there anything else I can do for you?",
)


@pytest.fixture(autouse=True)
def models_folder(settings: Any, tmp_path: Path) -> Path:
    settings.MODELS_DIR = tmp_path / "models"
    return tmp_path / "models"


@pytest.fixture
def company() -> Company:
    company = make_company()
    make_list(company, "Good day to you", "Have a nice day")
    return company


def scope_of(company: Company) -> Scope:
    return Scope(company.pk, "production")


def past(number: int, customer: str, *said: str) -> PastConversation:
    """A conversation of yesterday with an everyday message, and what else agent a1 said in it."""
    at = timezone.now() - timedelta(days=1, minutes=number)
    messages = [PastMessage("customer", customer, "My internet is slow today", at)]
    for place, text in enumerate((EVERYDAY[number % len(EVERYDAY)], *said), start=1):
        messages.append(PastMessage("agent", "a1", text, at + timedelta(seconds=place)))
    return PastConversation(f"past-{number}", messages, customer=Party(customer), agent=Party("a1", "Robin Agent"))


def write(company: Company, rows: list[PastConversation]) -> None:
    with transaction.atomic():
        History(Actor.system(company.pk), scope_of(company)).write(rows)


def train(company: Company) -> None:
    train_suggestions(scope_of(company), by=Actor.system(company.pk))
    forget_all()
    engines.engine_cache.clear()
    forget_all()
    forget_all()


def offers_to(conversation: Conversation, texts: list[str]) -> Iterator[Offers]:
    """What is offered before anything is typed, and while each text is."""
    kept = contexts.context_for(Scope(conversation.company_id, "production"), conversation.pk)
    assert kept is not None
    yield kept.session.suggest("")
    for text in texts:
        for length in range(1, len(text) + 1):
            yield kept.session.suggest(text[:length])


def leaks(found: Iterator[Offers]) -> list[str]:
    """Replies and ghost texts that say a secret that is not typed yet."""
    telling = [word for _, word in SECRETS.values()]
    shown = [text for offers in found for text in (*(reply.text for reply in offers.replies), offers.phrase) if text]
    return [text for text in shown if any(word in text.casefold() for word in telling)]


def beginnings() -> list[str]:
    """Each secret's sentence up to where the secret begins."""
    return [text[: text.casefold().index(word)] for text, word in SECRETS.values()]


@pytest.mark.parametrize("customers", [1, 2])
def test_what_too_few_customers_were_told_is_nowhere(company: Company, models_folder: Path, customers: int) -> None:
    secrets = [text for text, _ in SECRETS.values()]
    rows = [past(number, f"k{number}") for number in range(30)]
    # Each secret is said three times, to so many customers.
    for place, text in enumerate(secrets):
        rows += [past(100 + 3 * place + n, f"s{place}-{n % customers}", text) for n in range(3)]
    write(company, rows)
    train(company)

    other = make_conversation(company, "now", agent="a2", customer="somebody else")
    say(other, "My internet is slow and I want the guest password, the PIN and the key")
    assert leaks(offers_to(other, beginnings())) == []
    shown = {reply.text for offers in offers_to(other, list(EVERYDAY)) for reply in offers.replies}
    assert set(EVERYDAY) <= shown, "what many were told is offered"
    held = b"\n".join(path.read_bytes() for path in models_folder.rglob("*") if path.is_file()).lower()
    assert [word for _, word in SECRETS.values() if word.encode() in held] == []
    assert b"restart the router" in held


@pytest.mark.parametrize(("customers", "is_offered"), [(1, False), (2, True)])
def test_an_agents_own_habit_was_said_to_two_customers(company: Company, customers: int, is_offered: bool) -> None:
    habit = "Consider it done before the kettle has boiled!"
    write(company, [past(n, f"k{n % customers}", habit) for n in range(4)])
    train(company)
    own, other = (make_conversation(company, name, agent=name, customer="x") for name in ("a1", "a2"))
    for conversation, expected in ((own, is_offered), (other, False)):
        say(conversation, "My internet is slow")
        shown = {reply.text for offers in offers_to(conversation, [habit[:12]]) for reply in offers.replies}
        assert (habit in shown) is expected


def test_a_part_that_many_were_told_goes_on_without_the_rest(company: Company, models_folder: Path) -> None:
    # Without digits: a code would be masked in any case.
    towns = [f"Faraway{letter * 3}ton" for letter in "bcdfghkmp"]
    rows = [past(n, f"k{n}", f"I have sent the parcel with the blue van to {town}.") for n, town in enumerate(towns)]
    write(company, rows)
    train(company)
    other = make_conversation(company, "now", agent="a2", customer="somebody else")
    shown = list(offers_to(other, ["I have sent the parcel with the blue van to Farawaybbbton"]))
    phrases = [offers.phrase for offers in shown]
    assert any(phrase.startswith("I have sent the parcel") for phrase in phrases)
    texts = [*phrases, *(reply.text for offers in shown for reply in offers.replies)]
    # What is typed already comes back with the phrase that goes on after it.
    assert [text for text in texts if "farawaybbb" in text.casefold()] == []
    held = b"".join(path.read_bytes() for path in models_folder.rglob("*") if path.is_file()).lower()
    assert b"parcel with the blue van" in held
    assert b"faraway" not in held


def test_the_demo_keeps_the_guest_password_of_a_customer_to_itself(tmp_path: Path, models_folder: Path) -> None:
    load_demo(data_dir=tmp_path / "demo")
    company = Company.objects.get(slug=SLUG)
    train(company)
    conversation = make_conversation(company, "phone", agent="maya", customer="somebody else")
    say(conversation, "found my phone, it was under the sofa, can you unblock it")
    kept = contexts.context_for(scope_of(company), conversation.pk)
    assert kept is not None
    first = kept.session.suggest("")
    assert any("lifted the block" in reply.text or "What a relief" in reply.text for reply in first.replies)
    told = "Moretti Guests it is. The password for today is espresso-please."
    found = list(offers_to(conversation, [told[:52]]))
    shown = [text for offers in found for text in (*(reply.text for reply in offers.replies), offers.phrase)]
    assert not [text for text in shown if "espresso" in text or "Moretti" in text[20:]]
    held = b"".join(path.read_bytes() for path in models_folder.rglob("*") if path.is_file())
    assert b"espresso-please" not in held
    assert b"Moretti Guests" not in held
