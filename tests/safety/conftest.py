"""A company and the actor that changes its rules and lists."""

from __future__ import annotations

import pytest

from accounts.actors import Actor
from accounts.models import Company
from tests.factories import make_company


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def by(company: Company) -> Actor:
    return Actor.system(company.pk)
