"""A response list from a CSV file, checked row by row. Nothing is written here.

Format: seed autocompose__autocompose-tooling-guide, "Uploading Responses in Bulk". Folders are separated by `>`;
several filters stand on lines of their own inside the cell, each with its comma-separated values.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from responses.engine.templates import insert_names
from responses.errors import ImportRefusedError
from responses.models import MAX_FOLDER_NAME_LENGTH, MAX_KEY_LENGTH, MAX_TEXT_LENGTH, MAX_TITLE_LENGTH, MAX_VALUE_LENGTH
from responses.services import ListRow

TEXT, TITLE, FOLDER, KEY, VALUE = "text", "title", "folder path", "metadata filter key", "metadata filter value"
_COLUMNS = (TEXT, TITLE, FOLDER, KEY, VALUE)
# Far more than anybody can click through; a cell full of `>` is a mistake.
MAX_FOLDER_DEPTH = 20

BAD_ENCODING = (
    "the file is not UTF-8. In Excel choose Save as..., File Format, CSV UTF-8 (Comma delimited) (.csv) and try again"
)
INVALID_CHARACTER = (
    "holds the invalid character \ufffd, which Excel leaves when it saves in another encoding. "
    "Save the file as CSV UTF-8 (Comma delimited) (.csv)"
)


@dataclass(slots=True)
class ReadList:
    """The rows of a file. `repeated`: how many were left out because an earlier row says the same."""

    rows: list[ListRow] = field(default_factory=list)
    repeated: int = 0
    inserts: set[str] = field(default_factory=set)


class _BadRowError(ValueError):
    """What is wrong with one row."""


def read_list(path: Path) -> ReadList:
    """All rows of the file. Raises ImportRefusedError with every bad row's line number, and OSError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ImportRefusedError([(line, BAD_ENCODING)]) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    problems: list[tuple[int, str]] = []
    result = ReadList()
    seen: set[tuple[object, ...]] = set()
    for line, cells in _rows(reader, problems):
        try:
            row = _row(cells)
        except _BadRowError as error:
            problems.append((line, str(error)))
            continue
        same = (row.text, row.folder, row.filters)
        if same in seen:
            result.repeated += 1
            continue
        seen.add(same)
        result.rows.append(row)
        result.inserts.update(insert_names(row.text))
    if not result.rows and not problems:
        # A list without responses would take every suggestion away.
        problems.append((1, "the file has a header and no responses"))
    if problems:
        raise ImportRefusedError(problems)
    return result


def _rows(reader: Iterator[list[str]], problems: list[tuple[int, str]]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Line number and cells by column of each row that is not blank; what the file itself gets wrong is noted."""
    line = 1
    columns: Sequence[str] = ()
    try:
        for cells in reader:
            if not columns:
                columns = _header(cells)
            elif len(cells) > len(columns) and any(cells[len(columns) :]):
                problems.append((line, f"has {len(cells)} cells, the header has {len(columns)}"))
            elif any(cell.strip() for cell in cells):
                yield line, dict(zip(columns, cells, strict=False))
            line = reader.line_num + 1  # type: ignore[attr-defined]
    except csv.Error as error:
        problems.append((line, f"is not CSV: {error}"))
    except _BadRowError as error:
        problems.append((line, str(error)))
    else:
        if not columns:
            problems.append((1, "the file is empty"))


def _header(cells: Sequence[str]) -> list[str]:
    columns = [" ".join(cell.replace("_", " ").split()).casefold() for cell in cells]
    while columns and not columns[-1]:  # spreadsheets leave empty columns at the right
        columns.pop()
    if len(columns) == 1 and (";" in columns[0] or "\t" in cells[0]):
        raise _BadRowError(
            "the columns are not separated by commas. Save the file as CSV UTF-8 (Comma delimited) (.csv)"
        )
    unknown = [cell for cell, column in zip(cells, columns, strict=False) if column not in _COLUMNS]
    if "" in columns:
        raise _BadRowError(f"column {columns.index('') + 1} has no name")
    if unknown:
        raise _BadRowError(f"no such column: {', '.join(unknown)}. Columns are Text, Title, Folder path, "
                           "Metadata filter key, Metadata filter value")  # fmt: skip
    if TEXT not in columns:
        raise _BadRowError("the column Text is missing")
    if len(set(columns)) < len(columns):
        raise _BadRowError("a column stands twice in the header")
    return columns


def _row(cells: Mapping[str, str]) -> ListRow:
    for column, cell in cells.items():
        if "\ufffd" in cell:
            raise _BadRowError(f"{column} {INVALID_CHARACTER}")
        if "\x00" in cell:
            raise _BadRowError(f"{column} holds the character U+0000")
    text = cells.get(TEXT, "").strip()
    title = cells.get(TITLE, "").strip()
    if not text:
        raise _BadRowError("text is empty")
    _check_length("text", text, MAX_TEXT_LENGTH)
    _check_length("title", title, MAX_TITLE_LENGTH)
    return ListRow(text, title, _folder(cells.get(FOLDER, "")), _filters(cells.get(KEY, ""), cells.get(VALUE, "")))


def _check_length(what: str, value: str, most: int) -> None:
    if len(value) > most:
        raise _BadRowError(f"{what} has {len(value)} characters, at most {most} are possible")


def _folder(cell: str) -> tuple[str, ...]:
    if not cell.strip():
        return ()
    names = tuple(name.strip() for name in cell.split(">"))
    if not all(names):
        raise _BadRowError(f"folder path {cell!r} has an empty folder name")
    if len(names) > MAX_FOLDER_DEPTH:
        raise _BadRowError(
            f"folder path has {len(names)} folders in each other, at most {MAX_FOLDER_DEPTH} are possible"
        )
    for name in names:
        _check_length("a folder name", name, MAX_FOLDER_NAME_LENGTH)
    return names


def _filters(key_cell: str, value_cell: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    keys = key_cell.strip().splitlines()
    lines = value_cell.strip().splitlines()
    if len(keys) != len(lines):
        raise _BadRowError(f"{len(keys)} metadata filter keys but {len(lines)} lines of values")
    filters: dict[str, tuple[str, ...]] = {}
    for key, line in zip(keys, lines, strict=True):
        name = key.strip()
        values = tuple(dict.fromkeys(value.strip() for value in line.split(",") if value.strip()))
        if not name or not values:
            raise _BadRowError("a metadata filter needs a key and at least one value")
        if name in filters:
            raise _BadRowError(f"the metadata filter key {name!r} stands twice; put all values on one line")
        _check_length("a metadata filter key", name, MAX_KEY_LENGTH)
        for value in values:
            _check_length("a metadata filter value", value, MAX_VALUE_LENGTH)
        filters[name] = values
    return tuple(filters.items())
