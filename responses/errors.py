"""What can go wrong with response lists; the API maps each to one documented status."""

from __future__ import annotations


class ResponseError(Exception):
    """Base of the errors of this room."""


class NoSuchFolderError(ResponseError):
    """The folder is not in this agent's list."""


class NoSuchResponseError(ResponseError):
    """The response is not in this agent's list."""


class FolderCycleError(ResponseError):
    """A folder cannot lie in itself or in a folder inside it."""


class ImportRefusedError(ResponseError):
    """A file has rows that cannot be imported; `problems` pairs line numbers with reasons."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__(f"{len(problems)} bad rows")
        self.problems = problems
