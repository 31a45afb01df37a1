"""Errors of response lists. The API maps each to one documented status."""

from __future__ import annotations


class ResponseError(Exception):
    """Base class of these errors."""


class NoSuchFolderError(ResponseError):
    """The folder is not in this agent's list."""


class NoSuchResponseError(ResponseError):
    """The response is not in this agent's list."""


class FolderCycleError(ResponseError):
    """The folder's new parent is the folder itself or a folder inside it."""


class ImportRefusedError(ResponseError):
    """A file has rows that cannot be imported. `problems` holds pairs of line number and reason."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__(f"{len(problems)} bad rows")
        self.problems = problems
