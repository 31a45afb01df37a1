"""An agent's personal dictionary: words that are never corrected."""

from __future__ import annotations

from accounts.models import Agent
from composer.models import PersonalWord
from safety.services import redactor_for

# Far more than anybody has; it bounds what a desk keeps in memory.
MOST_WORDS = 2000


def add_word(*, agent: Agent, word: str) -> bool:
    """Never correct this word for the agent again, in any case of its letters.

    False when the dictionary is full, or the word is one that must not be stored (a card number, a mail address).
    """
    if redactor_for(agent.company_id, agent.environment).findings(word):
        return False
    if PersonalWord.objects.filter(agent=agent).exclude(word=word.casefold()).count() >= MOST_WORDS:
        return False
    PersonalWord.objects.get_or_create(agent=agent, word=word.casefold())
    return True


def remove_word(*, agent: Agent, word: str) -> None:
    """Correct the word again."""
    PersonalWord.objects.filter(agent=agent, word=word.casefold()).delete()
