"""import_transcripts: past conversations from CSV files, redacted, once, all or nothing."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from accounts.models import AuditEntry, Company, Event
from conversations.models import Conversation, Message
from conversations.selectors import Scope
from conversations.selectors import conversations as conversations_of
from tests.commanding import Said, run
from tests.factories import make_company

pytestmark = pytest.mark.django_db

HEADER = "conversation_externalId,sender_externalId,sender_role,text,timestamp\n"
ABOUT = "conversation_externalId,agent_externalId,agent_name,customer_externalId,customer_name,queue_name\n"
ROWS = (
    "c1,cust-1,customer,Hello!,2020-05-12T17:44:40.000Z\n"
    "c2,cust-2,customer,My card is 4111 1111 1111 1111,2020-05-12T18:00:00.000Z\n"
    'c1,agent-1,agent,"Hi, how can\nI help?",2020-05-12T17:45:02.000Z\n'
    "c1,bot,bot,Welcome,2020-05-12T17:44:00Z\n"
)


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def load(company: Company, tmp_path: Path) -> Any:  # noqa: ARG001
    def load(rows: str | bytes, *more: object, about: str = "", zipped: bool = False) -> Said:
        content = HEADER.encode() + (rows if isinstance(rows, bytes) else rows.encode())
        file = tmp_path / ("rows.csv.gz" if zipped else "rows.csv")
        file.write_bytes(gzip.compress(content) if zipped else content)
        if about:
            (tmp_path / "about.csv").write_text(ABOUT + about, encoding="utf-8")
            more = (*more, "--conversations", tmp_path / "about.csv")
        return run("import_transcripts", "--company", "acme", file, *more)

    return load


def test_it_imports_in_order_of_time(load: Any) -> None:
    said = load(ROWS, about="c1,agent-1,Jamie,cust-1,Kim Lee,restaurant\n")
    assert said.out.startswith("imported 4 messages, 2 new conversations in ")
    first = Conversation.objects.get(external_id="c1")
    assert (first.status, first.channel, first.queue and first.queue.name) == ("ended", "import", "restaurant")
    assert [(row.sequence, row.role, row.text) for row in first.messages.order_by("sequence")] == [
        (2, "system", "Welcome"),
        (3, "customer", "Hello!"),
        (4, "agent", "Hi, how can\nI help?"),
    ]
    assert first.last_sequence == 4
    assert {(row.role, row.external_id, row.name, row.left_at) for row in first.participants.all()} == {
        ("agent", "agent-1", "Jamie", first.ended_at),
        ("customer", "cust-1", "Kim Lee", None),
    }
    assert [(row.name, row.value) for row in first.metadata.all()] == [("queue_name", "restaurant")]
    assert [row.type for row in Event.objects.filter(conversation_id=first.pk)] == ["conversation.imported"]
    assert first.ended_at is not None
    assert first.ended_at.isoformat() == "2020-05-12T17:45:02+00:00"


def test_texts_are_redacted(load: Any) -> None:
    load(ROWS)
    assert Message.objects.get(conversation__external_id="c2").text == "My card is [CARD]"


def test_a_second_run_adds_nothing_and_a_longer_file_only_what_is_new(load: Any) -> None:
    load(ROWS)
    again = load(ROWS)
    assert "imported 0 messages, 0 new conversations" in again.out
    assert "there already: 4 messages" in again.out
    longer = load(ROWS + "c1,agent-1,agent,Still there?,2020-05-12T17:50:00Z\n", zipped=True)
    assert "imported 1 messages, 0 new conversations" in longer.out
    conversation = Conversation.objects.get(external_id="c1")
    assert conversation.last_sequence == 5
    assert Message.objects.get(text="Still there?").sequence == 5


def test_people_come_from_the_messages_where_nobody_names_them(load: Any) -> None:
    load(ROWS)
    people = {
        row.external_id: {person.external_id for person in row.participants.all()} for row in Conversation.objects.all()
    }
    assert people == {"c1": {"cust-1", "agent-1"}, "c2": {"cust-2"}}


def test_environments_and_companies_are_apart(load: Any, company: Company) -> None:
    load(ROWS, "--environment", "sandbox")
    assert conversations_of(Scope(company.pk, "sandbox")).count() == 2
    assert conversations_of(Scope(company.pk, "production")).count() == 0
    load(ROWS)
    assert Conversation.objects.count() == 4


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("c9,a,manager,Hi,2020-05-12T17:44:40Z\n", "sender_role is 'manager'"),
        ("c9,a,agent,Hi,yesterday\n", "timestamp 'yesterday'"),
        (",a,agent,Hi,2020-05-12T17:44:40Z\n", "conversation_externalId is empty"),
        (f"{'x' * 300},a,agent,Hi,2020-05-12T17:44:40Z\n", "at most 256"),
        ("c9,a,agent,Hi\x00,2020-05-12T17:44:40Z\n", "U+0000"),
        ("c9,a,agent,Hi, there,2020-05-12T17:44:40Z\n", "has 6 cells, the header has 5"),
        ("c9,a,agent,Hi\n", "timestamp ''"),
        (b"c9,a,agent,na\xefve,2020-05-12T17:44:40Z\n", "is not UTF-8"),
    ],
)
def test_a_bad_row_is_named_by_line_and_nothing_is_imported(load: Any, row: str | bytes, says: str) -> None:
    said = load(ROWS.encode() + (row if isinstance(row, bytes) else row.encode()))
    assert "rows.csv line 7: " in said.err
    assert says in said.err
    assert said.failed == "nothing imported: 1 bad rows in rows.csv"
    assert not Conversation.objects.exists()


def test_bad_rows_can_be_skipped(load: Any) -> None:
    said = load(ROWS + "c9,a,manager,Hi,2020-05-12T17:44:40Z\n", "--skip-bad-rows")
    assert "imported 4 messages" in said.out
    assert "left out: 1 bad rows" in said.out
    assert "line 7" in said.err


def test_rows_without_text_are_passed_over(load: Any) -> None:
    said = load(ROWS + "c1,agent-1,agent,,2020-05-12T17:46:00Z\n")
    assert "passed over: 1 rows without text (line 7)" in said.out
    assert Message.objects.count() == 4


def test_blank_lines_do_not_shift_the_line_numbers(load: Any) -> None:
    assert "rows.csv line 9: " in load(ROWS + "\n\nc9,a,manager,Hi,2020-05-12T17:44:40Z\n").err


def test_many_bad_rows_are_summed_up(load: Any) -> None:
    said = load("c9,a,manager,Hi,2020-05-12T17:44:40Z\n" * 25)
    assert said.err.count("rows.csv line ") == 20
    assert "... and 5 more" in said.err
    assert said.failed == "nothing imported: 25 bad rows in rows.csv"


def test_a_byte_order_mark_is_no_part_of_the_header(load: Any, tmp_path: Path) -> None:
    file = tmp_path / "bom.csv"
    file.write_bytes(b"\xef\xbb\xbf" + (HEADER + ROWS).encode())
    assert "imported 4 messages" in run("import_transcripts", "--company", "acme", file).out
    assert load(ROWS).out.startswith("imported 0 messages")


def test_two_descriptions_of_one_conversation_are_refused(load: Any) -> None:
    one = "c1,agent-1,Jamie,cust-1,Kim Lee,restaurant\n"
    said = load(ROWS, about=one + one + "c1,agent-2,Robin,cust-1,Kim Lee,restaurant\n")
    assert "about.csv line 4: says something else of conversation 'c1'" in said.err
    assert said.failed == "nothing imported: 1 bad rows in about.csv"
    assert not Conversation.objects.exists()


def test_descriptions_without_messages_are_counted(load: Any) -> None:
    said = load(ROWS, about="c1,agent-1,Jamie,cust-1,Kim,\nc7,agent-1,Jamie,cust-1,Kim,\n")
    assert "not imported: 1 conversations without messages in rows.csv" in said.out


def test_an_import_leaves_one_audit_entry(load: Any) -> None:
    load(ROWS)
    load(ROWS)
    [entry] = AuditEntry.objects.filter(action="transcripts.imported")
    assert (entry.after["file"], entry.after["messages"]) == ("rows.csv", 4)


def test_files_that_are_none_are_refused(load: Any, tmp_path: Path) -> None:
    packed = gzip.compress((HEADER + ROWS * 200).encode())
    files = {
        "broken.csv.gz": (b"no gzip", "the file is damaged"),
        "cut.csv.gz": (packed[:-20], "the file is damaged"),
        "spoilt.csv.gz": (packed[:10] + b"\xff" * 20 + packed[30:], "the file is damaged"),
        "lacking.csv": (b"conversation_externalId,text\n", "the header lacks sender_externalId"),
        "twice.csv": (HEADER.strip().encode() + b",text\n", "the header has text twice"),
        "utf16.csv": ((HEADER + ROWS).encode("utf-16"), "the file is not UTF-8"),
        "open.csv": (HEADER.encode() + b'c,a,agent,"Hi,2020-05-12T17:46:00Z\n', "line 2 is not CSV"),
        "empty.csv": (b"", "the file is empty"),
    }
    for name, (content, says) in files.items():
        (tmp_path / name).write_bytes(content)
        assert says in run("import_transcripts", "--company", "acme", tmp_path / name).failed, name
    assert "cannot read" in run("import_transcripts", "--company", "acme", tmp_path / "none.csv").failed
    lacking = tmp_path / "lacking.csv"
    assert "no company" in run("import_transcripts", "--company", "nope", lacking).failed
    assert "header lacks" in load(ROWS, "--conversations", lacking).failed
    assert not Conversation.objects.exists()
