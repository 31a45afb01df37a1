"""Exceptions that stop the desk."""

from __future__ import annotations


class StartError(Exception):
    """The desk cannot start or continue. The text is one line that says what happened and what to do."""


class StopRequested(BaseException):
    """A stop signal came while the desk was preparing. It is not an error, so it is not an `Exception`."""
