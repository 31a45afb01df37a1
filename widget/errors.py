"""What can go wrong for a visitor. `code` is for programs, the text for the visitor."""

from __future__ import annotations


class NoVisitorError(Exception):
    """No cookie, a forged or expired one, or one of another company."""


class ChatError(Exception):
    """A message that was not stored."""

    code = "refused"


class ChatEndedError(ChatError):
    """The conversation has ended, or the visitor has another one by now."""

    code = "ended"

    def __init__(self) -> None:
        super().__init__("This conversation has ended.")


class TooFastError(ChatError):
    """More messages than the limit allows; `retry_after` seconds from now there is room again."""

    code = "too_fast"

    def __init__(self, retry_after: float) -> None:
        super().__init__("That was too fast. It goes out in a moment.")
        self.retry_after = retry_after


class TooManyOpenError(Exception):
    """As many chats are open at this address as may be."""

    def __init__(self) -> None:
        super().__init__("Too many chats are open from your network. End one of them, or try again later.")
