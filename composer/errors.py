"""Errors of usage data and of sending. The API and the sockets answer each in their own form."""

from __future__ import annotations


class UsageError(Exception):
    """Base of the errors of this room."""


class UsageConflictError(UsageError):
    """The message was reported before with other figures. The first report stays."""


class SendError(Exception):
    """A message that was not sent. `code` is for programs, the text for the agent."""

    code = "refused"


class NotYoursError(SendError):
    """The conversation is no longer with this agent, or it has ended."""

    code = "not_yours"


class BlockedWordsError(SendError):
    """The text contains blocked words at `spans` (characters from 0)."""

    code = "profanity"

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        super().__init__("This message contains blocked words. Change them and send again.")
        self.spans = spans


class BadWordError(Exception):
    """A word that a dictionary cannot store. The text says why."""


class NoSuchWordError(Exception):
    """The company's dictionary has no such word."""
