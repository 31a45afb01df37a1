"""Reads of a company's redaction rules and word lists, and the engines made of them."""

from __future__ import annotations

import functools
from enum import StrEnum

from django.db.models import Q

from caching.versions import CacheKey, cache_key
from safety.engine.blocklist import ProfanityEngine
from safety.engine.masking import Redactor, Rule
from safety.models import ProfanityTerm, RedactionRule, TermKind

_PATTERNS_KEPT, _LISTS_KEPT = 256, 64
SANDBOX = "sandbox"


class Use(StrEnum):
    """What a text is wanted for; each value is a policy of `RedactionRule`, and LEARNING is any of them."""

    TRANSCRIPTS = "transcripts"
    AGENT = "agent_immediate"
    CUSTOMER = "customer_immediate"
    CUSTOMER_LATER = "customer_delayed"
    LEARNING = "learning"


_ANY_POLICY = Q(transcripts=True) | Q(agent_immediate=True) | Q(customer_immediate=True) | Q(customer_delayed=True)
_POLICIES = {
    Use.TRANSCRIPTS: Q(transcripts=True),
    Use.AGENT: Q(agent_immediate=True),
    Use.CUSTOMER: Q(customer_immediate=True) | Q(transcripts=True, customer_delayed=False),
    Use.CUSTOMER_LATER: Q(customer_immediate=True) | Q(customer_delayed=True) | Q(transcripts=True),
    Use.LEARNING: _ANY_POLICY,
}


def words_key(company_id: int) -> CacheKey:
    """The company's word lists: blocked, allowed and never corrected."""
    return cache_key("words", company_id)


@functools.lru_cache(maxsize=_PATTERNS_KEPT)
def _redactor(rules: tuple[Rule, ...]) -> Redactor:
    return Redactor(rules)


def redactor_for(company_id: int, environment: str | None = None, use: Use = Use.TRANSCRIPTS) -> Redactor:
    """The redactor of a company for a use: one query, so that a changed rule holds at once; compiled rules are kept.

    Without an environment the rules of both count, which takes out rather more than less.
    """
    rows = RedactionRule.objects.filter(_POLICIES[use], company_id=company_id).order_by("position")
    if environment is None:
        rows = rows.filter(Q(in_sandbox=True) | Q(in_production=True))
    else:
        rows = rows.filter(in_sandbox=True) if environment == SANDBOX else rows.filter(in_production=True)
    return _redactor(tuple(Rule(*row) for row in rows.values_list("kind", "mask", "pattern", "name")))


# How long a customer sees what they wrote before the masks of delayed rules are put on it.
SHOWN_S = 30.0


@functools.lru_cache(maxsize=_LISTS_KEPT)
def _profanity(block: tuple[str, ...], allow: tuple[str, ...]) -> ProfanityEngine:
    return ProfanityEngine(block=block, allow=allow)


def profanity_for(company_id: int) -> ProfanityEngine:
    """The company's filter: the built-in words with its own lists. One query."""
    rows = ProfanityTerm.objects.filter(company_id=company_id).order_by("term").values_list("kind", "term")
    block = tuple(term for kind, term in rows if kind == TermKind.BLOCK)
    allow = tuple(term for kind, term in rows if kind == TermKind.ALLOW)
    return _profanity(block, allow)
