"""Writes of a company's own block and allow lists. Every process uses a change before its caller gets an answer."""

from __future__ import annotations

from django.db import transaction

from accounts.actors import Actor, record
from caching import versions
from safety.engine.blocklist.terms import MAX_PHRASE_WORDS, words_of
from safety.errors import BadRuleError, NoSuchTermError
from safety.models import ProfanityTerm, TermKind
from safety.selectors import words_key

MAX_TERMS = 2_000
_MAX_TERM_LENGTH = 100


@transaction.atomic
def add_term(*, by: Actor, kind: TermKind, term: str) -> ProfanityTerm:
    """Block or allow a word or phrase; a term of the other list moves to this one.

    Raises BadRuleError for a term without a letter, a term that is too long, or a full list.
    """
    words = words_of(term)
    plain = " ".join(words)
    if not any(sign.isalpha() for sign in plain) or len(plain) > _MAX_TERM_LENGTH or len(words) > MAX_PHRASE_WORDS:
        raise BadRuleError(
            f"a term has at least one letter, and at most {MAX_PHRASE_WORDS} words and {_MAX_TERM_LENGTH} characters"
        )
    if ProfanityTerm.objects.filter(company_id=by.company_id).count() >= MAX_TERMS:
        raise BadRuleError(f"a company has at most {MAX_TERMS} terms")
    row, created = ProfanityTerm.objects.get_or_create(
        company_id=by.company_id, term=plain, defaults={"kind": TermKind(kind)}
    )
    before = None if created else {"term": plain, "kind": row.kind}
    if not created and row.kind == kind:
        return row
    if not created:
        row.kind = TermKind(kind)
        row.save(update_fields=["kind"])
    after = {"term": plain, "kind": TermKind(kind).value}
    record(by, f"profanity_term.{TermKind(kind).value}ed", row, before=before, after=after)
    versions.invalidate([words_key(by.company_id)])
    return row


@transaction.atomic
def remove_term(*, by: Actor, term_id: int) -> None:
    """Take a term off its list. Raises NoSuchTermError."""
    row = ProfanityTerm.objects.filter(company_id=by.company_id, pk=term_id).first()
    if row is None:
        raise NoSuchTermError(str(term_id))
    record(by, "profanity_term.removed", row, before={"term": row.term, "kind": row.kind})
    row.delete()
    versions.invalidate([words_key(by.company_id)])
