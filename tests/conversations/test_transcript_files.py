"""Transcript files: what is read, what is refused by line, and what makes a file unreadable."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from conversations import importing
from conversations.history import PastConversation
from conversations.importing import About, BadFileError, Problem, Transcripts, opened, read_about
from conversations.models import MAX_EXTERNAL_ID_LENGTH, MAX_NAME_LENGTH
from conversations.services import Party

HEADER = "conversation_externalId,sender_externalId,sender_role,text,timestamp\n"
ABOUT_HEADER = "conversation_externalId,agent_externalId,agent_name,customer_externalId,customer_name,queue_name\n"
STAMP = "2020-05-12T17:44:40Z"

File = Callable[[str | bytes], Path]


@pytest.fixture
def file(tmp_path: Path) -> File:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "rows.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path: Path, about: dict[str, About] | None = None) -> tuple[list[PastConversation], list[Problem]]:
    problems: list[Problem] = []
    with Transcripts() as transcripts:
        transcripts.read(path, problems, lambda: None)
        return list(transcripts.past(about or {})), problems


def texts(path: Path) -> list[list[str]]:
    return [[message.text for message in past.messages] for past in read(path)[0]]


class TestOrder:
    def test_conversations_come_as_in_the_file_and_messages_by_time_then_line(self, file: File) -> None:
        rows = (
            f"b,,customer,second,{STAMP}\n"
            f"a,,customer,late,2021-01-01T00:00:00Z\n"
            f"b,,agent,third,{STAMP}\n"
            f"b,,agent,first,2019-01-01T00:00:00Z\n"
            f"a,,customer,early,2020-01-01T00:00:00Z\n"
        )
        assert texts(file(HEADER + rows)) == [["first", "second", "third"], ["early", "late"]]

    def test_moments_are_compared_not_their_texts(self, file: File) -> None:
        rows = (
            "a,,customer,three,2020-05-12T17:00:00.5Z\n"
            "a,,customer,one,2020-05-12T18:00:00+02:00\n"
            "a,,customer,two,2020-05-12T17:00:00Z\n"
        )
        assert texts(file(HEADER + rows)) == [["one", "two", "three"]]

    def test_more_rows_than_one_batch_are_all_read(self, file: File) -> None:
        rows = "".join(f"c{number % 7},,customer,{number},{STAMP}\n" for number in range(10_003))
        found = texts(file(HEADER + rows))
        assert len(found) == 7
        assert [int(text) for text in found[3]] == list(range(3, 10_003, 7))


class TestPeople:
    def test_the_first_who_speaks_in_a_role_stands_for_it(self, file: File) -> None:
        rows = (
            f"a,,customer,hi,{STAMP}\na,c1,customer,hi,{STAMP}\na,c2,customer,hi,{STAMP}\n"
            f"a,bot,bot,hi,{STAMP}\na,g1,AGENT ,hi,{STAMP}\n"
        )
        [[past], problems] = read(file(HEADER + rows))
        assert problems == []
        assert (past.customer, past.agent) == (Party("c1", ""), Party("g1", ""))
        assert [message.role for message in past.messages] == ["customer"] * 3 + ["system", "agent"]

    def test_the_conversations_file_goes_over_who_speaks(self, file: File) -> None:
        about = {"a": About(Party("g9", "Robin"), None, "billing")}
        [[past], _] = read(file(f"{HEADER}a,g1,agent,hi,{STAMP}\na,c1,customer,hi,{STAMP}\n"), about)
        assert (past.agent, past.customer) == (Party("g9", "Robin"), Party("c1", ""))
        assert (past.queue, past.metadata) == ("billing", {"queue_name": "billing"})

    def test_without_a_name_of_a_queue_there_is_no_metadata(self, file: File) -> None:
        [[past], _] = read(file(f"{HEADER}a,g1,agent,hi,{STAMP}\n"))
        assert (past.queue, past.metadata, past.customer) == ("", {}, None)


class TestRows:
    @pytest.mark.parametrize(
        ("row", "says"),
        [
            (f",x,agent,hi,{STAMP}", "conversation_externalId is empty"),
            (f"{'x' * (MAX_EXTERNAL_ID_LENGTH + 1)},x,agent,hi,{STAMP}", "at most 256"),
            (f"a,{'x' * (MAX_EXTERNAL_ID_LENGTH + 1)},agent,hi,{STAMP}", "sender_externalId has 257"),
            (f"a,x,boss,hi,{STAMP}", "sender_role is 'boss'"),
            ("a,x,agent,hi,yesterday", "timestamp 'yesterday'"),
            ("a,x,agent,hi,2020-02-30T00:00:00Z", "timestamp"),
            (f"a,x,agent,hi, there,{STAMP}", "6 cells"),
        ],
    )
    def test_a_bad_one_is_named_by_its_line_and_others_are_read(self, file: File, row: str, says: str) -> None:
        good = f"good,x,agent,hi,{STAMP}\n"
        found, problems = read(file(f"{HEADER}{good}{row}\n{good}"))
        [(line, problem)] = problems
        assert line == 3
        assert says in problem
        assert [(past.external_id, len(past.messages)) for past in found] == [("good", 2)]

    def test_lines_are_counted_through_cells_of_several_lines(self, file: File) -> None:
        _, problems = read(file(f'{HEADER}a,x,agent,"one\ntwo\nthree",{STAMP}\n\na,x,boss,hi,{STAMP}\n'))
        assert [line for line, _ in problems] == [6]

    @pytest.mark.parametrize("bad", [b"na\xefve", b"a\x00b"])
    def test_bytes_that_no_text_has_are_refused_in_their_row_only(self, file: File, bad: bytes) -> None:
        stamp = STAMP.encode()
        content = HEADER.encode() + b"a,x,agent," + bad + b"," + stamp + b"\nb,x,agent,caf\xc3\xa9," + stamp + b"\n"
        found, problems = read(file(content))
        assert [line for line, _ in problems] == [2]
        assert [past.messages[0].text for past in found] == ["café"]

    @pytest.mark.parametrize("text", ["", '""', "  "])
    def test_one_without_text_is_passed_over_and_counted(self, file: File, text: str) -> None:
        with Transcripts() as transcripts:
            problems: list[Problem] = []
            transcripts.read(file(f"{HEADER}a,x,agent,{text},{STAMP}\nb,x,agent,hi,{STAMP}\n"), problems, lambda: None)
            assert (problems, transcripts.empty_lines, transcripts.messages) == ([], [2], 1)

    def test_each_row_ticks(self, file: File) -> None:
        ticks: list[int] = []
        with Transcripts() as transcripts:
            path = file(f"{HEADER}a,x,agent,hi,{STAMP}\nb,x,boss,hi,{STAMP}\n")
            transcripts.read(path, [], lambda: ticks.append(1))
        assert len(ticks) == 2


class TestFiles:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ("", "empty"),
            ("\n\n", "empty"),
            ("text,timestamp\nhi,now\n", "the header lacks conversation_externalId, sender_externalId, sender_role"),
            (HEADER.replace("sender_externalId", "text"), "lacks sender_externalId"),
            (HEADER[:-1] + ",text\n", "the header has text twice"),
            (b"conversation_externalId,\xff\n", "not UTF-8"),
            (f'{HEADER}a,x,agent,"hi,{STAMP}\n', "line 2 is not CSV"),
        ],
    )
    def test_one_that_cannot_be_read_says_why(self, file: File, content: str | bytes, says: str) -> None:
        with pytest.raises(BadFileError, match=says):
            read(file(content))

    def test_columns_may_stand_in_any_order_with_others_between(self, file: File) -> None:
        [[past], _] = read(
            file(
                f"timestamp,extra,text,sender_role,sender_externalId,conversation_externalId\n{STAMP},?,hi,agent,g1,a\n"
            )
        )
        assert (past.external_id, past.messages[0].sender, past.messages[0].text) == ("a", "g1", "hi")

    def test_one_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(BadFileError, match=r"cannot read .*nowhere\.csv"):
            opened(tmp_path / "nowhere.csv")

    def test_a_packed_one_that_is_cut_off_is_damaged(self, tmp_path: Path) -> None:
        path = tmp_path / "rows.csv.gz"
        packed = gzip.compress((HEADER + f"a,x,agent,hi,{STAMP}\n" * 500).encode())
        path.write_bytes(packed[: len(packed) // 2])
        with pytest.raises(BadFileError, match="damaged"):
            read(path)

    def test_one_that_only_pretends_to_be_packed_is_damaged(self, tmp_path: Path) -> None:
        path = tmp_path / "rows.csv.gz"
        path.write_text(HEADER)
        with pytest.raises(BadFileError, match="damaged"):
            read(path)


class TestAbout:
    @staticmethod
    def about(path: Path) -> tuple[dict[str, About], list[Problem]]:
        problems: list[Problem] = []
        return read_about(path, problems), problems

    def test_it_names_people_and_the_queue(self, file: File) -> None:
        found, problems = self.about(file(f"{ABOUT_HEADER}a,g1,Robin,c1,Kim Lee,billing\nb,,Nobody,,,\n"))
        assert problems == []
        assert found["a"] == About(Party("g1", "Robin"), Party("c1", "Kim Lee"), "billing")
        assert found["b"] == About(None, None, "")

    @pytest.mark.parametrize(
        ("row", "says"),
        [
            (",g1,Robin,c1,Kim,q", "conversation_externalId is empty"),
            (f"a,g1,{'x' * (MAX_NAME_LENGTH + 1)},c1,Kim,q", "agent_name has 257"),
            (f"a,g1,Robin,c1,Kim,{'x' * (importing.MAX_QUEUE_NAME_LENGTH + 1)}", "queue_name has 101"),
            ("first,g2,Robin,c1,Kim,q", "says something else of conversation 'first'"),
        ],
    )
    def test_a_bad_row_is_named_and_the_first_stays(self, file: File, row: str, says: str) -> None:
        first = "first,g1,Robin,c1,Kim,q\n"
        found, problems = self.about(file(f"{ABOUT_HEADER}{first}{first}{row}\n"))
        [(line, problem)] = problems
        assert (line, says in problem) == (4, True)
        assert list(found) == ["first"]
        assert found["first"].agent == Party("g1", "Robin")
