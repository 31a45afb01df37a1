"""The one way to customers: agents' messages, greetings and automatic texts pass the profanity check here.

No text with a word of the block list is sent. Messages that come by the API are not checked: they record what was said
elsewhere. A new kind of automatic text calls `send_automatic` and handles BlockedWordsError.
"""

from __future__ import annotations

from accounts.actors import Actor
from composer.errors import BlockedWordsError
from composer.suggestions.checks import Checks, checks_for
from conversations.models import Conversation, Message
from conversations.selectors import Scope
from conversations.services import NewMessage, add_messages


def blocked_words(checks: Checks, text: str) -> BlockedWordsError | None:
    """Return the error for a text that must not be sent to customers; None for one that may be sent."""
    hits = checks.profanity.hits(text)
    return BlockedWordsError([(hit.start, hit.end) for hit in hits]) if hits else None


def may_be_sent(scope: Scope, text: str) -> bool:
    """May this text be sent? For automatic texts, which nobody can change."""
    return not checks_for(scope).profanity.has_profanity(text)


def send_automatic(*, by: Actor, conversation: Conversation, message: NewMessage) -> Message:
    """Store a message that the desk itself sends, redacted. Raises BlockedWordsError and stores nothing then."""
    stopped = blocked_words(checks_for(Scope(conversation.company_id, conversation.environment)), message.text)
    if stopped is not None:
        raise stopped
    [stored] = add_messages(by=by, conversation=conversation, messages=[message])
    return stored
