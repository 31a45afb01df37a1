"""Writes of a company's dictionary. Every process knows a word before its change is answered."""

from __future__ import annotations

from django.db import transaction

from accounts.actors import Actor, record
from caching import versions
from composer.errors import BadWordError, NoSuchWordError
from composer.models import MAX_WORD_LENGTH, CompanyWord
from safety.selectors import redactor_for, words_key

MAX_COMPANY_WORDS = 20_000


@transaction.atomic
def add_company_word(*, by: Actor, word: str) -> CompanyWord:
    """Add a word that is never corrected for the company's agents, in upper or lower case.

    Raises BadWordError for a text that is not a single word, must not be stored, or is too long.
    """
    plain = word.strip().casefold()
    if not plain or len(plain) > MAX_WORD_LENGTH or len(plain.split()) != 1 or not any(map(str.isalpha, plain)):
        raise BadWordError(f"one word of at most {MAX_WORD_LENGTH} characters, please")
    if redactor_for(by.company_id).findings(plain):
        raise BadWordError("this looks like something that must not be stored")
    words = CompanyWord.objects.filter(company_id=by.company_id)
    if words.count() >= MAX_COMPANY_WORDS:
        raise BadWordError(f"a dictionary has at most {MAX_COMPANY_WORDS} words")
    row, created = words.get_or_create(word=plain, defaults={"company_id": by.company_id})
    if created:
        record(by, "company_word.added", row, after={"word": plain})
        versions.invalidate([words_key(by.company_id)])
    return row


@transaction.atomic
def remove_company_word(*, by: Actor, word_id: int) -> None:
    """Remove a word: it may be corrected again. Raises NoSuchWordError."""
    row = CompanyWord.objects.filter(company_id=by.company_id, pk=word_id).first()
    if row is None:
        raise NoSuchWordError(str(word_id))
    record(by, "company_word.removed", row, before={"word": row.word})
    row.delete()
    versions.invalidate([words_key(by.company_id)])
