"""Reads of a company's redaction rules and word lists, and the engines built from them."""

from __future__ import annotations

import functools
from enum import StrEnum

from django.db.models import Q

from caching.versions import CacheKey, cache_key
from safety.engine.blocklist import ProfanityEngine
from safety.engine.masking import Redactor, Rule
from safety.models import ProfanityTerm, RedactionRule, TermKind

_MAX_CACHED_REDACTORS, _MAX_CACHED_FILTERS = 256, 64
SANDBOX = "sandbox"
# How long a customer sees their own words before the masks of delayed rules cover them.
CUSTOMER_DELAY_S = 30.0


class Audience(StrEnum):
    """Who reads a text. Each value but `learning` is the policy of `RedactionRule` that masks it for this audience."""

    TRANSCRIPTS = "transcripts"
    AGENT = "agent_immediate"
    CUSTOMER = "customer_immediate"
    CUSTOMER_DELAYED = "customer_delayed"
    LEARNING = "learning"


# The rules that mask a text for each audience. What is masked for any reader is masked for learning as well.
_RULES_FOR = {
    Audience.TRANSCRIPTS: Q(transcripts=True),
    Audience.AGENT: Q(agent_immediate=True),
    Audience.CUSTOMER: Q(customer_immediate=True) | Q(transcripts=True, customer_delayed=False),
    Audience.CUSTOMER_DELAYED: Q(customer_immediate=True) | Q(customer_delayed=True) | Q(transcripts=True),
    Audience.LEARNING: Q(transcripts=True)
    | Q(agent_immediate=True)
    | Q(customer_immediate=True)
    | Q(customer_delayed=True),
}


def words_key(company_id: int) -> CacheKey:
    """Return the cache key of the company's word lists: blocked, allowed and never corrected."""
    return cache_key("words", company_id)


@functools.lru_cache(maxsize=_MAX_CACHED_REDACTORS)
def _redactor(rules: tuple[Rule, ...]) -> Redactor:
    return Redactor(rules)


def redactor_for(
    company_id: int, environment: str | None = None, audience: Audience = Audience.TRANSCRIPTS
) -> Redactor:
    """Return the company's redactor for an audience. One query, so that a changed rule applies at once.

    Without an environment the rules of both environments apply: masking too much is better than too little.
    """
    rows = RedactionRule.objects.filter(_RULES_FOR[audience], company_id=company_id).order_by("position")
    if environment is None:
        rows = rows.filter(Q(in_sandbox=True) | Q(in_production=True))
    else:
        rows = rows.filter(in_sandbox=True) if environment == SANDBOX else rows.filter(in_production=True)
    return _redactor(tuple(Rule(*row) for row in rows.values_list("kind", "mask", "pattern", "name")))


@functools.lru_cache(maxsize=_MAX_CACHED_FILTERS)
def _profanity(block: tuple[str, ...], allow: tuple[str, ...]) -> ProfanityEngine:
    return ProfanityEngine(block=block, allow=allow)


def profanity_for(company_id: int) -> ProfanityEngine:
    """Return the company's filter: the built-in words and its own lists. One query."""
    rows = ProfanityTerm.objects.filter(company_id=company_id).order_by("term").values_list("kind", "term")
    block = tuple(term for kind, term in rows if kind == TermKind.BLOCK)
    allow = tuple(term for kind, term in rows if kind == TermKind.ALLOW)
    return _profanity(block, allow)
