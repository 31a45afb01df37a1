"""What stops the desk."""

from __future__ import annotations


class StartError(Exception):
    """The desk cannot start or go on. The text is one line that says what happened and what to do."""


class StopRequested(BaseException):
    """The desk was told to stop while it was still preparing. Not an error, so not an `Exception`."""
