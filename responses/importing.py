"""Reads and checks a response list from a CSV file; writes nothing.

Format: seed autocompose__autocompose-tooling-guide, "Uploading Responses in Bulk". Folders are separated by `>`. A cell
holds one filter a line, with comma-separated values.
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
# More than anybody needs; a cell full of `>` is a mistake.
MAX_FOLDER_DEPTH = 20

BAD_ENCODING = (
    "the file is not UTF-8. In Excel choose Save as..., File Format, CSV UTF-8 (Comma delimited) (.csv) and try again"
)
INVALID_CHARACTER = (
    "holds the invalid character \ufffd, which Excel writes for a letter that another encoding lacks. "
    "Save the file as CSV UTF-8 (Comma delimited) (.csv)"
)


@dataclass(slots=True)
class ParsedList:
    """The rows of a file, without `duplicates` rows that repeat an earlier one, and the inserts that they use."""

    rows: list[ListRow] = field(default_factory=list)
    duplicates: int = 0
    inserts: set[str] = field(default_factory=set)


class _BadRowError(ValueError):
    """A row, or the header, cannot be imported; the text says why."""


def read_list(path: Path) -> ParsedList:
    """Return all rows of the file.

    Raises ImportRefusedError, with the line number of every bad row, and OSError when the file cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ImportRefusedError([(line, BAD_ENCODING)]) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    problems: list[tuple[int, str]] = []
    result = ParsedList()
    seen: set[tuple[object, ...]] = set()
    for line, cells in _rows(reader, problems):
        try:
            row = _row(cells)
        except _BadRowError as error:
            problems.append((line, str(error)))
            continue
        identity = (row.text, row.folder, row.filters)
        if identity in seen:
            result.duplicates += 1
            continue
        seen.add(identity)
        result.rows.append(row)
        result.inserts.update(insert_names(row.text))
    if not result.rows and not problems:
        # Deploying a list without responses would remove every suggestion.
        problems.append((1, "the file has a header and no responses"))
    if problems:
        raise ImportRefusedError(problems)
    return result


def _rows(reader: Iterator[list[str]], problems: list[tuple[int, str]]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the line number and the cells by column of each row that is not blank.

    Problems of the file itself, such as a bad header, are added to `problems`.
    """
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
        raise _BadRowError(f"no such column: {', '.join(unknown)}. The columns are Text, Title, Folder path, "
                           "Metadata filter key and Metadata filter value")  # fmt: skip
    if TEXT not in columns:
        raise _BadRowError("the column Text is missing")
    if len(set(columns)) < len(columns):
        raise _BadRowError("the header has a column twice")
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


def _check_length(what: str, value: str, max_length: int) -> None:
    if len(value) > max_length:
        raise _BadRowError(f"{what} has {len(value)} characters, but at most {max_length} are allowed")


def _folder(cell: str) -> tuple[str, ...]:
    if not cell.strip():
        return ()
    names = tuple(name.strip() for name in cell.split(">"))
    if not all(names):
        raise _BadRowError(f"folder path {cell!r} has an empty folder name")
    if len(names) > MAX_FOLDER_DEPTH:
        raise _BadRowError(
            f"folder path has {len(names)} levels of folders, but at most {MAX_FOLDER_DEPTH} are allowed"
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
            raise _BadRowError(f"the metadata filter key {name!r} is there twice; put all its values on one line")
        _check_length("a metadata filter key", name, MAX_KEY_LENGTH)
        for value in values:
            _check_length("a metadata filter value", value, MAX_VALUE_LENGTH)
        filters[name] = values
    return tuple(filters.items())
