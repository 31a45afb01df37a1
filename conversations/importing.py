"""Reads historical transcripts from CSV files, and checks every row before anything is written.

Format: seed messaging "Historical Transcript File Structure": one row a message. Rows may come in any order: they
are sorted in a temporary file, so that memory stays small however long the file is.
"""

from __future__ import annotations

import csv
import gzip
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import IO

from conversations import timestamps
from conversations.history import PastConversation, PastMessage
from conversations.models import (
    MAX_EXTERNAL_ID_LENGTH,
    MAX_NAME_LENGTH,
    SenderRole,
)
from conversations.services import Party
from partitioning.months import Month

MESSAGE_COLUMNS = ("conversation_externalId", "sender_externalId", "sender_role", "text", "timestamp")
CONVERSATION_COLUMNS = (
    "conversation_externalId",
    "agent_externalId",
    "agent_name",
    "customer_externalId",
    "customer_name",
    "queue_name",
)
MAX_QUEUE_NAME_LENGTH = 100
# Older files call the virtual agent a bot.
_ROLES = {**{role.value: role.value for role in SenderRole}, "bot": SenderRole.SYSTEM.value}
# What `errors="surrogateescape"` makes of bytes that are not UTF-8.
_NOT_UTF8 = re.compile("[\udc80-\udcff]")

# A line number and the problem in that line.
Problem = tuple[int, str]


class BadFileError(Exception):
    """The file as a whole cannot be read; the text says why."""


class _BadRowError(ValueError):
    """What is wrong with one row."""


@dataclass(frozen=True, slots=True)
class About:
    """One row of the conversations file."""

    agent: Party | None
    customer: Party | None
    queue: str


def opened(path: Path) -> IO[str]:
    """Open the file as text, unpacked when its name ends in .gz. Bytes that are not UTF-8 become lone surrogates.

    Raises BadFileError.
    """
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
        return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise BadFileError(f"cannot read {path}: {error.strerror}") from error


def _rows(file: IO[str], columns: tuple[str, ...], problems: list[Problem]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield line number and cells of each row that is not blank. Unreadable rows are added to `problems`.

    The header must have the columns, in any order.
    """
    reader = csv.reader(file, strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not header:
                header = _header(cells, columns)
            elif cells:
                fault = _fault(cells, len(header))
                if fault:
                    problems.append((line, fault))
                else:
                    yield line, dict(zip(header, cells, strict=False))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadFileError(f"line {line} is not CSV ({error}); is a quotation mark not closed?") from error
    except (OSError, EOFError, zlib.error) as error:
        raise BadFileError(f"the file is damaged: {error}") from error
    if not header:
        raise BadFileError("the file is empty")


def _header(cells: list[str], columns: tuple[str, ...]) -> list[str]:
    if _NOT_UTF8.search("".join(cells)):
        raise BadFileError("the file is not UTF-8")
    missing = [column for column in columns if column not in cells]
    if cells and missing:
        raise BadFileError(f"the header lacks {', '.join(missing)}")
    twice = [column for column in columns if cells.count(column) > 1]
    if twice:
        raise BadFileError(f"the header has {', '.join(twice)} twice")
    return cells


def _fault(cells: list[str], width: int) -> str:
    """Return why these cells cannot be read, or ""."""
    if any(cells[width:]):
        return f"has {len(cells)} cells, the header has {width}: put quotation marks around a text with commas"
    whole = "".join(cells)
    if "\x00" in whole:
        return "holds the character U+0000"
    if not whole.isascii() and _NOT_UTF8.search(whole):
        return "is not UTF-8"
    return ""


def _cell(row: Mapping[str, str], column: str, most: int, *, needed: bool = False) -> str:
    value = row.get(column, "")
    if needed and not value:
        raise _BadRowError(f"{column} is empty")
    if len(value) > most:
        raise _BadRowError(f"{column} has {len(value)} characters, at most {most} are possible")
    return value


def read_about(path: Path, problems: list[Problem]) -> dict[str, About]:
    """Return the rows of the conversations file by conversation. Bad rows are added to `problems`."""
    result: dict[str, About] = {}
    with opened(path) as file:
        for line, row in _rows(file, CONVERSATION_COLUMNS, problems):
            try:
                id_ = _cell(row, "conversation_externalId", MAX_EXTERNAL_ID_LENGTH, needed=True)
                about = About(
                    agent=_party(row, "agent"),
                    customer=_party(row, "customer"),
                    queue=_cell(row, "queue_name", MAX_QUEUE_NAME_LENGTH),
                )
                if result.setdefault(id_, about) != about:
                    raise _BadRowError(f"says something else of conversation {id_!r} than an earlier row")
            except _BadRowError as error:
                problems.append((line, str(error)))
    return result


def _party(row: Mapping[str, str], who: str) -> Party | None:
    external_id = _cell(row, f"{who}_externalId", MAX_EXTERNAL_ID_LENGTH)
    name = _cell(row, f"{who}_name", MAX_NAME_LENGTH)
    return Party(external_id, name) if external_id else None


class Transcripts:
    """The messages of a file, sorted on disk. Close it when done."""

    def __init__(self) -> None:
        self.messages = 0
        self.conversations: dict[str, int] = {}  # external id and the line of its first message
        self.empty_lines: list[int] = []  # rows without text are skipped, not refused
        self._table = sqlite3.connect("")  # a temporary file of SQLite's own, gone with the connection
        self._table.execute("CREATE TABLE rows (conversation, first, at, line, role, sender, text, stamp)")

    def __enter__(self) -> Transcripts:
        return self

    def __exit__(self, *_: object) -> None:
        self._table.close()

    def read(self, path: Path, problems: list[Problem], tick: Callable[[], object]) -> None:
        """Read the file. Bad rows are added to `problems`. Raises BadFileError."""
        with opened(path) as file:
            batch = []
            for line, row in _rows(file, MESSAGE_COLUMNS, problems):
                tick()
                if not row.get("text", "").strip():
                    self.empty_lines.append(line)
                    continue
                try:
                    batch.append(_message(row, line, self.conversations))
                except _BadRowError as error:
                    problems.append((line, str(error)))
                if len(batch) == 5000:
                    self._insert(batch)
                    batch = []
            self._insert(batch)

    def _insert(self, batch: list[tuple[object, ...]]) -> None:
        self._table.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", batch)
        self.messages += len(batch)

    @property
    def months(self) -> set[Month]:
        """The months in which the conversations start."""
        starts = self._table.execute("SELECT min(at) FROM rows GROUP BY conversation")
        return {Month.of(datetime.fromtimestamp(at, UTC)) for (at,) in starts}

    def past(self, about: Mapping[str, About]) -> Iterator[PastConversation]:
        """Yield the conversations in the order of the file, each with its messages by time, then by line."""
        rows = self._table.execute("SELECT conversation, role, sender, text, stamp FROM rows ORDER BY first, at, line")
        for id_, group in groupby(rows, key=lambda row: row[0]):
            messages = [
                PastMessage(role, sender, text, timestamps.parse(stamp)) for _, role, sender, text, stamp in group
            ]
            said = about.get(id_) or About(None, None, "")
            yield PastConversation(
                external_id=id_,
                messages=messages,
                agent=said.agent or _speaker(messages, SenderRole.AGENT),
                customer=said.customer or _speaker(messages, SenderRole.CUSTOMER),
                queue=said.queue,
                metadata={"queue_name": said.queue} if said.queue else {},
            )


def _message(row: Mapping[str, str], line: int, firsts: dict[str, int]) -> tuple[object, ...]:
    id_ = _cell(row, "conversation_externalId", MAX_EXTERNAL_ID_LENGTH, needed=True)
    said = row.get("sender_role", "")
    role = _ROLES.get(said.strip().lower())
    if role is None:
        raise _BadRowError(f"sender_role is {said!r}, not one of {', '.join(_ROLES)}")
    sender = _cell(row, "sender_externalId", MAX_EXTERNAL_ID_LENGTH)
    stamp = row.get("timestamp", "").strip()
    try:
        moment = timestamps.parse(stamp)
    except ValueError:
        raise _BadRowError(f"timestamp {stamp!r} is not like 2021-11-23T12:13:14.555Z") from None
    return id_, firsts.setdefault(id_, line), moment.timestamp(), line, role, sender, row["text"], stamp


def _speaker(messages: list[PastMessage], role: str) -> Party | None:
    return next((Party(row.sender, "") for row in messages if row.role == role and row.sender), None)
