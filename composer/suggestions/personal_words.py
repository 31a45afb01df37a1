"""An agent's personal dictionary: words that are never corrected."""

from __future__ import annotations

from accounts.models import Agent
from composer.models import PersonalWord
from safety.services import redactor_for

# Words of one agent: a limit on what a desk keeps in memory.
MAX_WORDS = 2000


def add_word(*, agent: Agent, word: str) -> bool:
    """Add a word that is never corrected for the agent, in upper or lower case.

    Return False when the dictionary is full, or the word must not be stored (a card number, a mail address).
    """
    if redactor_for(agent.company_id, agent.environment).findings(word):
        return False
    if PersonalWord.objects.filter(agent=agent).exclude(word=word.casefold()).count() >= MAX_WORDS:
        return False
    PersonalWord.objects.get_or_create(agent=agent, word=word.casefold())
    return True


def remove_word(*, agent: Agent, word: str) -> None:
    """Remove a word: it may be corrected again."""
    PersonalWord.objects.filter(agent=agent, word=word.casefold()).delete()
