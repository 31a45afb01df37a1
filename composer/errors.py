"""What can go wrong with usage data and with sending; the API and the sockets answer each in their own form."""

from __future__ import annotations


class UsageError(Exception):
    """Base of the errors of this room."""


class UsageConflictError(UsageError):
    """The message was reported before, with other figures: the first report stands."""


class SendError(Exception):
    """A message that was not sent. `code` is for programs, the text for the agent."""

    code = "refused"


class NotYoursError(SendError):
    """The conversation is no longer with this agent, or it has ended."""

    code = "not_yours"


class BlockedWordsError(SendError):
    """The text holds words that must not be sent, at `spans` (characters from 0)."""

    code = "profanity"

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        super().__init__("The message holds words that must not be sent. Change them and send again.")
        self.spans = spans


class BadWordError(Exception):
    """A word that a dictionary cannot take; the text says why."""


class NoSuchWordError(Exception):
    """The company's dictionary has no such word."""


class ForeignSubjectError(Exception):
    """The queue or the agent belongs to another company, or to another of its environments."""
