"""Versions of a list: keys that stay, deployments that point, and lists as they are loaded."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import AuditEntry, Company
from caching import versions
from conversations.selectors import Scope
from responses.browse import ROOT
from responses.lists import LoadedList, empty_list, filters_of, load_global_list
from responses.models import Deployment, GlobalFolder, ListVersion
from responses.selectors import deployed_version, list_key
from responses.services import ListRow, deploy_version, save_version
from responses.services.versions import folder_paths
from tests.factories import make_company, make_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


def save(company: Company, *rows: ListRow | str) -> ListVersion:
    made = [ListRow(row) if isinstance(row, str) else row for row in rows]
    return save_version(by=Actor.system(company.pk), company=company, rows=made, description="d")[0]


def keys(version: ListVersion) -> dict[str, str]:
    return {item.text: item.id for item in load_global_list(version).responses}


def paths(version: ListVersion) -> dict[tuple[str, ...], str]:
    by_pk = dict(GlobalFolder.objects.filter(version=version).values_list("pk", "key"))
    return {path: by_pk[pk] for pk, path in folder_paths(version).items()}


class TestSaved:
    def test_versions_count_up_in_each_company(self, company: Company) -> None:
        numbers = [save(company, text).number for text in ("a", "b")]
        assert numbers == [1, 2]
        assert save(make_company("globex"), "a").number == 1

    def test_the_newest_again_is_no_new_version_but_an_older_one_is(self, company: Company) -> None:
        first, second = save(company, "a"), save(company, "b")
        assert save(company, "b") == second
        assert save(company, "a").number == 3
        assert first.checksum == ListVersion.objects.get(number=3).checksum

    @pytest.mark.parametrize(
        "other",
        [
            [ListRow("b"), ListRow("a")],
            [ListRow("a", "title"), ListRow("b")],
            [ListRow("a", folder=("f",)), ListRow("b")],
            [ListRow("a", filters=(("k", ("v",)),)), ListRow("b")],
            [ListRow("a")],
        ],
        ids=["order", "title", "folder", "filter", "fewer"],
    )
    def test_any_difference_makes_a_version(self, company: Company, other: list[ListRow]) -> None:
        save(company, "a", "b")
        assert save(company, *other).number == 2

    def test_each_new_version_is_on_record_once(self, company: Company) -> None:
        for _ in range(2):
            save(company, "a", "b")
        [entry] = AuditEntry.objects.filter(action="list_version.saved")
        assert (entry.before, entry.after["version"], entry.after["responses"]) == (None, 1, 2)


class TestKeys:
    def test_an_unchanged_response_keeps_its_key_wherever_it_stands(self, company: Company) -> None:
        before = keys(save(company, "a", "b", "c"))
        after = keys(save(company, "c", "new", "a"))
        assert (after["a"], after["c"]) == (before["a"], before["c"])
        assert after["new"] not in before.values()

    @pytest.mark.parametrize(
        "changed", [ListRow("A"), ListRow("a", "title"), ListRow("a", folder=("f",))], ids=["text", "title", "folder"]
    )
    def test_a_changed_one_gets_another(self, company: Company, changed: ListRow) -> None:
        before = keys(save(company, "a"))
        assert set(keys(save(company, changed)).values()).isdisjoint(before.values())

    def test_a_change_of_filters_alone_keeps_the_key(self, company: Company) -> None:
        before = keys(save(company, "a"))
        assert keys(save(company, ListRow("a", filters=(("tier", ("gold",)),)))) == before

    def test_equal_responses_keep_their_keys_in_order(self, company: Company) -> None:
        def in_order(version: ListVersion) -> list[str]:
            return [item.id for item in load_global_list(version).responses if item.text == "same"]

        before = in_order(save(company, "same", "same"))
        after = in_order(save(company, "same", "between", "same", "same"))
        assert len(set(before)) == 2
        assert after[:2] == before
        assert after[2] not in before

    def test_only_the_version_before_is_looked_at(self, company: Company) -> None:
        first = keys(save(company, "a", "b"))
        save(company, "b")
        assert keys(save(company, "a", "b"))["a"] != first["a"]

    def test_a_folder_keeps_its_key_while_its_path_is_the_same(self, company: Company) -> None:
        deep = ListRow("x", folder=("Start", "Hello"))
        before = paths(save(company, deep))
        after = paths(save(company, deep, ListRow("y", folder=("Other", "Hello"))))
        assert {path: after[path] for path in before} == before
        assert len(set(after.values())) == len(after) == 4

    def test_companies_share_no_keys(self, company: Company) -> None:
        mine, other = keys(save(company, "a")), keys(save(make_company("globex"), "a"))
        assert mine["a"] != other["a"]


class TestDeployed:
    def test_each_environment_points_to_its_own_version(self, company: Company) -> None:
        first, second = save(company, "a"), save(company, "b")
        by = Actor.system(company.pk)
        deploy_version(by=by, version=second, environment="sandbox")
        deploy_version(by=by, version=first, environment="production")
        assert deployed_version(Scope(company.pk, "sandbox")) == second
        assert deployed_version(Scope(company.pk, "production")) == first
        assert deployed_version(Scope(make_company("globex").pk, "production")) is None

    def test_going_back_is_one_step(self, company: Company) -> None:
        first, second = save(company, "a"), save(company, "b")
        for version in (first, second, first):
            deploy_version(by=Actor.system(company.pk), version=version, environment="production")
        assert Deployment.objects.get().version == first
        entries = AuditEntry.objects.filter(action="list_version.deployed").order_by("at")
        assert [(entry.before["version"], entry.after["version"]) for entry in entries] == [(None, 1), (1, 2), (2, 1)]

    def test_it_reaches_only_the_environment_that_it_is_for(
        self, company: Company, django_capture_on_commit_callbacks: Any
    ) -> None:
        version = save(company, "a")
        both = [list_key(Scope(company.pk, environment)) for environment in ("production", "sandbox")]
        before = versions.read(both)
        with django_capture_on_commit_callbacks(execute=True):
            deploy_version(by=Actor.system(company.pk), version=version, environment="sandbox")
        after = versions.read(both)
        assert [after[key] == before[key] for key in both] == [True, False]


class TestLoaded:
    @staticmethod
    def load(company: Company, *rows: ListRow) -> LoadedList:
        return load_global_list(make_list(company, *rows))

    def test_it_has_the_order_of_its_author_and_its_view_another(self, company: Company) -> None:
        loaded = self.load(company, ListRow("b"), ListRow("a"))
        assert [item.text for item in loaded.responses] == ["b", "a"]
        assert [item.text for item in loaded.view.page().responses] == ["a", "b"]

    def test_folders_lie_in_each_other(self, company: Company) -> None:
        loaded = self.load(company, ListRow("deep", folder=("A", "B")), ListRow("top"))
        by_name = {folder.name: folder for folder in loaded.folders}
        assert by_name["A"].parent_id == ROOT
        assert by_name["B"].parent_id == by_name["A"].id
        assert [item.folder_id for item in loaded.responses] == [by_name["B"].id, ROOT]

    def test_metadata_names_the_sources_of_inserts_then_the_filters(self, company: Company) -> None:
        row = ListRow("Hi {NAME} of {TOWN}, {rep_name}", filters=(("tier", ("gold", "silver")), ("town", ("Oslo",))))
        [item] = self.load(company, row).responses
        assert item.metadata == (
            ("NAME", ("customer.name",)),
            ("rep_name", ("agent.name",)),
            ("tier", ("gold", "silver")),
            ("town", ("Oslo",)),
        )
        assert filters_of(item) == (("tier", frozenset({"gold", "silver"})), ("town", frozenset({"Oslo"})))

    def test_it_costs_as_many_queries_for_many_rows_as_for_few(self, company: Company) -> None:
        counts = []
        for size in (2, 60):
            rows = [ListRow(f"{size} {n}", folder=(f"f{n}",), filters=(("k", ("v",)),)) for n in range(size)]
            version = make_list(company, *rows)
            with CaptureQueriesContext(connection) as queries:
                load_global_list(version)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_before_the_first_deployment_the_list_is_empty_and_says_so(self, company: Company) -> None:
        loaded = empty_list(company)
        assert (loaded.version, loaded.responses, loaded.folders) == ("", (), ())
        assert company.name in loaded.description
        assert loaded.view.page().responses == ()
