"""Errors of visitors. `code` is for programs, the text for the visitor."""

from __future__ import annotations


class NoVisitorError(Exception):
    """The cookie is missing, forged, expired, or that of another company."""


class ChatError(Exception):
    """A message was not stored."""

    code = "refused"


class ChatEndedError(ChatError):
    """The conversation has ended, or the visitor has another one now."""

    code = "ended"

    def __init__(self) -> None:
        super().__init__("This conversation has ended.")


class TooFastError(ChatError):
    """The visitor sent more messages than the limit allows; `retry_after`, in seconds, says when to send again."""

    code = "too_fast"

    def __init__(self, retry_after: float) -> None:
        super().__init__("You are sending messages too fast. This one will be sent in a moment.")
        self.retry_after = retry_after


class TooManyOpenError(Exception):
    """The address has as many open chats as it may have."""

    def __init__(self) -> None:
        super().__init__("Too many chats are open from your network. End one of them or try again later.")
