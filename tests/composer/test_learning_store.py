"""Artefacts on disk, and what a company's suggestions may learn from."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import AuditEntry, Company
from caching import versions
from composer.learning import store
from composer.learning.selectors import (
    environments,
    learns_from_transcripts,
    model_in_use,
    models_key,
    models_of,
    untrained,
)
from composer.learning.switch import learn_from_transcripts
from composer.models import SuggestionModel
from conversations.selectors import Scope
from responses.services import deploy_version
from tests.factories import make_company, make_list

DAY_S = 24 * 3600


@pytest.fixture
def root(settings: Any, tmp_path: Path) -> Path:
    settings.MODELS_DIR = tmp_path / "models"
    return settings.MODELS_DIR


def folder(name: str, age_s: float = 0) -> Path:
    made = store.folder_of(name)
    made.mkdir(parents=True)
    (made / "weights").write_text("x")
    at = time.time() - age_s
    os.utime(made, (at, at))
    return made


class TestStore:
    @pytest.mark.usefixtures("root")
    def test_only_old_folders_without_a_row_are_abandoned(self) -> None:
        known, old, new = folder("known", 3 * DAY_S), folder("old", 2 * DAY_S), folder("new", DAY_S / 2)
        assert store.remove_abandoned(["known"]) == ["old"]
        assert [path.exists() for path in (known, old, new)] == [True, False, True]
        assert store.remove_abandoned(["known"]) == []

    def test_before_the_first_training_there_is_nothing_to_remove(self, root: Path) -> None:
        assert store.remove_abandoned([]) == []
        store.remove(["never made"])
        assert not root.exists()

    @pytest.mark.usefixtures("root")
    def test_only_the_named_ones_are_removed(self) -> None:
        one, two, three = (folder(name) for name in ("one", "two", "three"))
        store.remove(["one", "gone already", "three"])
        assert [path.exists() for path in (one, two, three)] == [False, True, False]

    @pytest.mark.usefixtures("root")
    def test_words_of_transcripts_and_of_lists_lie_apart_in_the_models_folder(self) -> None:
        both, lists = store.learnt_words_of("m", True), store.learnt_words_of("m", False)
        assert both != lists
        assert both.parent == lists.parent == store.folder_of("m")


@pytest.mark.django_db
class TestSelectors:
    @pytest.fixture
    def company(self) -> Company:
        return make_company()

    @staticmethod
    def model(company: Company, status: str = "in_use", environment: str = "production") -> SuggestionModel:
        return SuggestionModel.objects.create(
            company=company, environment=environment, status=status, conversations=1, messages=1, seconds=1.0
        )

    def test_models_are_those_of_the_scope_newest_first(self, company: Company) -> None:
        rows = [self.model(company, "kept") for _ in range(3)]
        self.model(company, environment="sandbox")
        self.model(make_company("globex"))
        assert {row.pk for row in models_of(Scope(company.pk, "production"))} == {row.pk for row in rows}
        made = [row.made_at for row in models_of(Scope(company.pk, "production"))]
        assert made == sorted(made, reverse=True)

    def test_one_that_is_not_in_use_serves_nobody(self, company: Company) -> None:
        scope = Scope(company.pk, "production")
        self.model(company, "kept")
        self.model(company, environment="sandbox")
        assert model_in_use(scope) is None
        used = self.model(company)
        assert model_in_use(scope) == used

    @pytest.mark.usefixtures("root")
    def test_an_environment_with_a_list_and_without_a_readable_model_is_untrained(self, company: Company) -> None:
        version = make_list(company, "Hello")
        globex = make_company("globex")
        production = Scope(company.pk, "production")
        assert list(untrained()) == list(environments()) == [production]
        deploy_version(by=Actor.system(company.pk), version=version, environment="sandbox")
        make_list(globex, "Hi", deploy="sandbox")
        scopes = {production, Scope(company.pk, "sandbox"), Scope(globex.pk, "sandbox")}
        assert set(untrained()) == set(environments()) == scopes
        self.model(company)
        assert production in set(untrained()), "its artefact is gone"


@pytest.mark.django_db
class TestSwitch:
    def test_it_is_on_until_it_is_switched_off_for_one_environment(self) -> None:
        company = make_company()
        production, sandbox = Scope(company.pk, "production"), Scope(company.pk, "sandbox")
        by = Actor.system(company.pk)
        assert learns_from_transcripts(production)
        learn_from_transcripts(production, False, by=by)
        assert not learns_from_transcripts(production)
        assert learns_from_transcripts(sandbox)
        learn_from_transcripts(production, True, by=by)
        assert learns_from_transcripts(production)
        entries = AuditEntry.objects.filter(action="setting.changed").order_by("at", "pk")
        about = {"environment": "production", "setting": "suggestions.from_transcripts"}
        assert [entry.before for entry in entries] == [{**about, "value": value} for value in (None, False)]
        assert [entry.after for entry in entries] == [{**about, "value": value} for value in (False, True)]

    def test_every_process_follows_in_that_environment(self, django_capture_on_commit_callbacks: Any) -> None:
        company = make_company()
        scopes = [Scope(company.pk, environment) for environment in ("production", "sandbox")]
        keys = [models_key(scope) for scope in scopes]
        before = versions.read(keys)
        with django_capture_on_commit_callbacks(execute=True):
            learn_from_transcripts(scopes[0], False, by=Actor.system(company.pk))
        after = versions.read(keys)
        assert [after[key] == before[key] for key in keys] == [False, True]
