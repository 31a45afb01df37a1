"""The rows of a company's own block and allow lists. Tests of the engine show what they do to a text."""

from __future__ import annotations

import pytest

from accounts.actors import Actor
from accounts.models import AuditEntry, Company
from caching import versions
from safety.errors import BadRuleError, NoSuchTermError
from safety.models import ProfanityTerm, TermKind
from safety.selectors import profanity_for, words_key
from safety.services import add_term, remove_term
from safety.services import terms as terms_module
from tests.factories import make_company

pytestmark = pytest.mark.django_db(transaction=True)


def test_blocked_and_allowed_words_apply_to_the_company_only(company: Company, by: Actor) -> None:
    stranger = make_company("globex")
    add_term(by=by, kind=TermKind.BLOCK, term="Frobnix")
    add_term(by=by, kind=TermKind.ALLOW, term="prick")
    mine, theirs = profanity_for(company.pk), profanity_for(stranger.pk)
    assert (mine.has_profanity("a fr0bnix"), theirs.has_profanity("a fr0bnix")) == (True, False)
    assert (mine.has_profanity("a prick"), theirs.has_profanity("a prick")) == (False, True)


def test_a_term_is_on_one_list_at_a_time(company: Company, by: Actor) -> None:
    first = add_term(by=by, kind=TermKind.BLOCK, term="  ACME-Corp ")
    again = add_term(by=by, kind=TermKind.BLOCK, term="acme corp")
    assert (first.pk, first.term) == (again.pk, "acme corp")
    moved = add_term(by=by, kind=TermKind.ALLOW, term="acme corp")
    assert ProfanityTerm.objects.get().kind == TermKind.ALLOW
    remove_term(by=by, term_id=moved.pk)
    assert not profanity_for(company.pk).has_profanity("acme corp")
    assert list(AuditEntry.objects.filter(subject_type="ProfanityTerm").values_list("action", flat=True)) == [
        "profanity_term.blocked",
        "profanity_term.allowed",
        "profanity_term.removed",
    ]


@pytest.mark.parametrize("term", ["", " ", "123", "!!", "x" * 101, "one two three four five six seven"])
def test_a_term_that_cannot_be_found_is_refused(by: Actor, term: str) -> None:
    with pytest.raises(BadRuleError):
        add_term(by=by, kind=TermKind.BLOCK, term=term)


def test_a_full_list_takes_no_more_terms(by: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms_module, "MAX_TERMS", 1)
    add_term(by=by, kind=TermKind.BLOCK, term="one")
    with pytest.raises(BadRuleError, match="at most 1"):
        add_term(by=by, kind=TermKind.BLOCK, term="two")


def test_terms_of_another_company_cannot_be_removed(by: Actor) -> None:
    row = add_term(by=by, kind=TermKind.BLOCK, term="one")
    with pytest.raises(NoSuchTermError):
        remove_term(by=Actor.system(make_company("globex").pk), term_id=row.pk)


def test_every_change_replaces_the_version(company: Company, by: Actor) -> None:
    topics = [words_key(company.pk)]
    before = versions.read(topics)
    row = add_term(by=by, kind=TermKind.BLOCK, term="one")
    added = versions.read(topics)
    remove_term(by=by, term_id=row.pk)
    assert before != added != versions.read(topics)
