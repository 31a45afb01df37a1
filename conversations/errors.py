"""What can go wrong with conversations; the API maps each to one documented status."""

from __future__ import annotations


class ConversationError(Exception):
    """Base of the errors of this room."""


class NoAgentError(ConversationError):
    """The conversation has no agent, so nothing can be suggested or said for one."""


class ResendMismatchError(ConversationError):
    """A client id was used before for another message of this conversation."""


class EndedError(ConversationError):
    """The conversation has ended and does not go on."""


class ErasedError(ConversationError):
    """The conversation was erased (docs/privacy.md): nothing is written to it any more."""


class HeldError(ConversationError):
    """An agent is in the conversation already."""


class TooMuchMetadataError(Exception):
    """The conversation would have more metadata entries than one may have; nothing is changed."""
