"""import_responses: saves a CSV file as a version, all rows or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.models import Company
from conversations.selectors import Scope
from responses.lists import load_global_list
from responses.models import Deployment, GlobalResponse, ListVersion
from responses.selectors import deployed_version
from tests.commanding import Said, run
from tests.factories import make_company

pytestmark = pytest.mark.django_db

HEADER = "Text,Title,Folder path,Metadata filter key,Metadata filter value\n"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def load(company: Company, tmp_path: Path) -> Any:  # noqa: ARG001
    def load(content: str | bytes, deploy: str = "production") -> Said:
        file = tmp_path / "list.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return run("import_responses", "--company", "acme", file, "--deploy", deploy)

    return load


GOOD = (
    HEADER
    + '"Hello {NAME}, how are you?",Greeting,Start > Hello,,\n'
    + '"Two\nlines, one cell",,,"queue_name\ntier","general, escalation\ngold"\n'
    + "\n"
    + "Bye,,Start,,\n"
)


def test_it_saves_and_deploys_a_version(load: Any, company: Company) -> None:
    said = load(GOOD)
    assert "version 1: saved (3 responses, 2 folders)" in said.out
    assert "inserts used: NAME" in said.out
    assert "deployed to production" in said.out
    version = deployed_version(Scope(company.pk, "production"))
    assert version is not None
    loaded = load_global_list(version)
    assert [(item.text, item.title) for item in loaded.responses] == [
        ("Hello {NAME}, how are you?", "Greeting"),
        ("Two\nlines, one cell", ""),
        ("Bye", ""),
    ]
    assert loaded.responses[1].metadata == (("queue_name", ("general", "escalation")), ("tier", ("gold",)))
    folders = {folder.id: folder for folder in loaded.folders}
    hello = folders[loaded.responses[0].folder_id]
    assert (hello.name, folders[hello.parent_id].name) == ("Hello", "Start")
    assert loaded.responses[2].folder_id == hello.parent_id
    assert deployed_version(Scope(company.pk, "sandbox")) is None


def test_the_same_file_again_makes_no_version(load: Any) -> None:
    load(GOOD, "none")
    assert not Deployment.objects.exists()
    said = load(GOOD, "sandbox")
    assert "version 1: nothing changed" in said.out
    assert ListVersion.objects.count() == 1
    assert Deployment.objects.get().environment == "sandbox"


def test_unchanged_responses_keep_their_ids(load: Any) -> None:
    load(GOOD)
    before = dict(GlobalResponse.objects.values_list("text", "key"))
    load(GOOD + "New,,Start,,\n")
    after = dict(GlobalResponse.objects.filter(version__number=2).values_list("text", "key"))
    assert {text: after[text] for text in before} == before
    assert after["New"] not in before.values()


def test_columns_may_have_any_order_and_the_file_a_bom(load: Any) -> None:
    said = load(b"\xef\xbb\xbffolder_PATH,text\r\nStart,Hi\r\n")
    assert "1 responses, 1 folders" in said.out


def test_a_repeated_row_is_left_out_and_counted(load: Any) -> None:
    assert "left out: 1 rows that repeat" in load(HEADER + "Hi,,,,\nHi,Other title,,,\n").out


def test_empty_columns_at_the_right_are_ignored(load: Any) -> None:
    assert "1 responses, 0 folders" in load("Text,Title,,\nHi,Greeting,,\n").out


def test_inserts_that_the_dictionary_lacks_are_named(load: Any) -> None:
    said = load(HEADER + "Hello {NAME} of {TOWN},,,,\n")
    assert "inserts used: NAME, TOWN\n" in said.out
    assert "not in the dictionary: TOWN. " in said.out
    assert "not in the dictionary" not in load(HEADER + "Hello {NAME},,,,\n").out


def test_descriptions_fit_the_version(company: Company, tmp_path: Path) -> None:  # noqa: ARG001
    file = tmp_path / f"{'x' * 240}.csv"
    file.write_text(GOOD, encoding="utf-8")
    command = ("import_responses", "--company", "acme", file, "--deploy", "none")
    assert "at most 200" in run(*command, "--description", "x" * 201).failed
    assert not ListVersion.objects.exists()
    run(*command)
    assert ListVersion.objects.get().description.startswith("Import of xxx")
    assert len(ListVersion.objects.get().description) <= 200


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (HEADER + "ok,,,,\n,No text,,,\n", 3, "text is empty"),
        (HEADER + '"two\nlines",,,,\nok,,A > > B,,\n', 4, "empty folder name"),
        (HEADER + "Hi,,,queue,\n", 2, "1 metadata filter keys but 0 lines of values"),
        (HEADER + 'Hi,,,"a\nb",x\n', 2, "2 metadata filter keys but 1 lines"),
        (HEADER + 'Hi,,,"a\na","x\ny"\n', 2, "is there twice"),
        (HEADER + 'Hi,,,a,", ,"\n', 2, "at least one value"),
        (HEADER + f"{'x' * 10001},,,,\n", 2, "at most 10000"),
        (HEADER + f"Hi,{'x' * 501},,,\n", 2, "at most 500"),
        (HEADER + "Hi \ufffd,,,,\n", 2, "CSV UTF-8"),
        (HEADER + "Hi,a,b,c,d,e\n", 2, "6 cells"),
        ((HEADER + "ok,,,,\nna").encode() + b"\xefve,,,,\n", 3, "CSV UTF-8"),
        ("Text,Colour\nHi,red\n", 1, "no such column: Colour"),
        ("Title\nHi\n", 1, "the column Text is missing"),
        ("", 1, "the file is empty"),
        (HEADER + '"Hi,,,,\n', 2, "is not CSV"),
        (HEADER, 1, "a header and no responses"),
        (HEADER + "Hi,," + ">".join("x" * 21) + ",,\n", 2, "21 levels of folders, but at most 20"),
        ("Text;Title\nHi;Greeting\n", 1, "not separated by commas"),
        ("Text,,Title\nHi,,Greeting\n", 1, "column 2 has no name"),
    ],
)
def test_bad_rows_are_listed_by_line_and_nothing_is_saved(load: Any, content: Any, line: int, says: str) -> None:
    said = load(content)
    assert f"line {line}: " in said.err
    assert says in said.err
    assert said.failed.startswith("nothing imported: 1 bad rows in list.csv")
    assert not ListVersion.objects.exists()


def test_many_bad_rows_are_summed_up(load: Any) -> None:
    said = load(HEADER + ",t,,,\n" * 30)
    assert said.err.count("text is empty") == 20
    assert "30 bad rows in list.csv (10 more)" in said.failed


def test_other_mistakes_are_one_line(load: Any, tmp_path: Path) -> None:
    assert "no company 'nope'" in run("import_responses", "--company", "nope", tmp_path, "--deploy", "none").failed
    assert "cannot read" in run("import_responses", "--company", "acme", tmp_path / "x", "--deploy", "none").failed
    assert "invalid choice" in load(GOOD, "moon").failed
