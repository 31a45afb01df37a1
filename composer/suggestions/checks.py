"""What checks an agent's words, for one company: the speller and the filter, with the company's own words in both.

Made once in a process, immutable, swapped as a whole when a word list or the learnt words change; a keystroke asks
what is at hand and never waits for the database.
"""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass

import redis

from composer.engine.fluency import Learned, SpellingEngine
from composer.learning.selectors import learns_from_transcripts, model_in_use
from composer.learning.store import learnt_words_of
from composer.models import CompanyWord
from conversations.selectors import Scope
from freshness import stamps
from freshness.copies import Copies, Copy
from freshness.stamps import Topic
from responses.selectors import list_topic
from safety.engine.blocklist import ProfanityEngine
from safety.selectors import profanity_for, words_topic

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checks:
    spelling: SpellingEngine
    profanity: ProfanityEngine


KeptChecks = Copy[Checks]
_kept: Copies[Scope, Checks] = Copies(64)


def warm_up() -> None:
    """Load what the first keystroke would otherwise wait for."""
    SpellingEngine().correct("warm ", 4, 5)
    ProfanityEngine().has_profanity("warm")


def find(scope: Scope) -> KeptChecks | None:
    """The copy of this process, current or not: no database, no Redis."""
    return _kept.find(scope)


def checks_of(scope: Scope) -> Checks:
    """As the company has them now, from memory where that is current; while Redis is away, what is at hand."""
    topics = _topics(scope)
    copy = _kept.find(scope)
    try:
        now = stamps.read(topics)
    except redis.RedisError:
        return copy.value if copy is not None else _load(scope)
    if copy is not None and copy.is_current(now):
        return copy.value
    loaded = _load(scope)
    _kept.keep(scope, loaded, topics=topics, stamps=now)
    return loaded


def forget() -> None:
    """Drop every copy, as after a loss of Redis."""
    _kept.clear()


def _topics(scope: Scope) -> tuple[Topic, ...]:
    # The list's stamp is replaced when another model, and so other learnt words, come into use.
    return words_topic(scope.company_id), list_topic(scope)


def _load(scope: Scope) -> Checks:
    words = CompanyWord.objects.filter(company_id=scope.company_id).values_list("word", flat=True)
    model = model_in_use(scope)
    learned = _learned(model.pk, learns_from_transcripts(scope)) if model else None
    return Checks(SpellingEngine(learned, words=frozenset(words)), profanity_for(scope.company_id))


@functools.lru_cache(maxsize=64)
def _learned(model_id: str, transcripts: bool) -> Learned | None:
    """The words of a training; None for one from before words were learnt."""
    path = learnt_words_of(model_id, transcripts)
    try:
        return Learned.load(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        logger.exception("learnt words cannot be read; correcting without them", extra={"model": model_id})
        return None
