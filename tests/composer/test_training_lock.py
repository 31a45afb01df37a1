"""One training at a time for each environment, by whatever way it is asked for."""

from __future__ import annotations

import logging
import time

import pytest

from accounts.models import Company
from caching.clients import connect, key, sync_client
from composer.learning import lock
from composer.learning.lock import TrainingInProgressError, training_lock
from conversations.selectors import Scope
from tests.commanding import run
from tests.factories import make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def scope(company: Company) -> Scope:
    return Scope(company.pk, "production")


def is_taken(scope: Scope) -> bool:
    try:
        with training_lock(scope):
            return False
    except TrainingInProgressError:
        return True


def test_a_command_does_not_train_what_is_being_trained(scope: Scope) -> None:
    with training_lock(scope):
        said = run("train_suggestions", "--company", "acme", "--environment", "production")
        assert "production is being trained already" in said.failed
        assert not is_taken(Scope(scope.company_id, "sandbox"))
    assert not is_taken(scope)


def test_a_training_that_fails_gives_its_place_back(scope: Scope) -> None:
    with pytest.raises(ZeroDivisionError), training_lock(scope):
        raise ZeroDivisionError
    assert not is_taken(scope)


def test_the_lock_lasts_as_long_as_the_training(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEASE_S", 2.0)
    with training_lock(scope):
        time.sleep(3)
        assert is_taken(scope)
    assert not is_taken(scope)


def test_a_lock_that_was_lost_stops_no_training(scope: Scope, caplog: pytest.LogCaptureFixture) -> None:
    with training_lock(scope):
        sync_client().delete(key("training", f"{scope.company_id}:production"))
    assert "a training outlived its lock" in caplog.text


def test_without_redis_it_trains_all_the_same(
    scope: Scope, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lock, "sync_client", lambda: connect("redis://127.0.0.1:1/0"))
    with caplog.at_level(logging.WARNING), training_lock(scope):
        assert "a training has no lock" in caplog.text
