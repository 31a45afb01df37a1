"""API credentials: a secret that is shown once, facts of the live ones, and refusal after they are revoked."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import ApiCredential, AuditEntry, Company
from accounts.selectors import credential_facts, credential_key
from accounts.services import create_api_credential, revoke_api_credential, secret_digest
from caching import versions
from tests.factories import make_company, make_credential

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def by(company: Company) -> Actor:
    return Actor.system(company.pk)


def test_the_secret_is_stored_nowhere(company: Company) -> None:
    made = make_credential(company)
    row = ApiCredential.objects.get()
    assert row.secret_digest == secret_digest(made.secret) == hashlib.sha256(made.secret.encode()).hexdigest()
    stored = [value for row in ApiCredential.objects.values() for value in map(str, row.values())]
    stored += [str(entry) for entry in AuditEntry.objects.values()]
    assert not any(made.secret in value for value in stored)


def test_two_of_one_name_differ_in_id_and_secret(company: Company) -> None:
    one, other = make_credential(company), make_credential(company)
    assert one.credential.name == other.credential.name
    assert one.credential.api_id != other.credential.api_id
    assert one.secret != other.secret


def test_facts_are_those_of_the_row(company: Company) -> None:
    made = make_credential(company, environment="sandbox", rate_limit=7, families=["conversation"])
    with CaptureQueriesContext(connection) as queries:
        facts = credential_facts(made.credential.api_id)
    assert facts is not None
    assert len(queries) == 2
    assert (facts.company_id, facts.environment, facts.rate_limit) == (company.pk, "sandbox", 7)
    assert facts.families == {"conversation"}
    assert facts.secret_digest == secret_digest(made.secret)


def test_unknown_and_revoked_ones_have_no_facts(by: Actor, company: Company) -> None:
    kept, gone = make_credential(company), make_credential(company)
    revoke_api_credential(by=by, credential=gone.credential)
    assert credential_facts("nope") is None
    assert credential_facts("") is None
    assert credential_facts(gone.credential.api_id) is None
    assert credential_facts(kept.credential.api_id) is not None


def test_it_is_revoked_once(by: Actor, company: Company) -> None:
    made = make_credential(company)
    revoke_api_credential(by=by, credential=made.credential)
    first = ApiCredential.objects.get().revoked_at
    revoke_api_credential(by=by, credential=made.credential)
    assert first is not None
    assert ApiCredential.objects.get().revoked_at == first
    assert AuditEntry.objects.filter(action="credential.revoked").count() == 1


def test_every_process_hears_of_a_revoked_one_and_of_no_other(
    by: Actor, company: Company, django_capture_on_commit_callbacks: Any
) -> None:
    gone, kept = make_credential(company), make_credential(company)
    keys = [credential_key(made.credential.api_id) for made in (gone, kept)]
    before = versions.read(keys)
    with django_capture_on_commit_callbacks(execute=True):
        revoke_api_credential(by=by, credential=gone.credential)
    after = versions.read(keys)
    assert [after[key] == before[key] for key in keys] == [False, True]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"environment": "moon"}, "environment"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"rate_limit": -1}, "rate_limit"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_its_field(
    by: Actor, company: Company, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        create_api_credential(by=by, company=company, **{"environment": "production", "name": "CRM", **fields})
    assert field in caught.value.message_dict
    assert not ApiCredential.objects.exists()


@pytest.mark.parametrize("secret", ["", "é", "\udcff", "x" * 10_000])
def test_any_secret_that_is_sent_has_a_digest_that_fits(secret: str) -> None:
    assert len(secret_digest(secret)) == 64
