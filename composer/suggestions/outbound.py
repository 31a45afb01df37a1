"""The one door for all that this desk sends to customers: what an agent sends, greetings, and every automatic text.

Nothing goes out that holds a word of the block list. Messages that come by the API pass beside it: they are a record of
what was said elsewhere. A new kind of automatic text calls `send_automatic`, and says what it does when it is stopped.
"""

from __future__ import annotations

from accounts.actors import Actor
from composer.errors import BlockedWordsError
from composer.suggestions.checks import Checks, checks_for
from conversations.models import Conversation, Message
from conversations.selectors import Scope
from conversations.services import NewMessage, add_messages


def blocked_words(checks: Checks, text: str) -> BlockedWordsError | None:
    """Why a text is not sent to customers; None where it may be."""
    hits = checks.profanity.hits(text)
    return BlockedWordsError([(hit.start, hit.end) for hit in hits]) if hits else None


def may_be_sent(scope: Scope, text: str) -> bool:
    """For texts that nobody is there to change."""
    return not checks_for(scope).profanity.has_profanity(text)


def send_automatic(*, by: Actor, conversation: Conversation, message: NewMessage) -> Message:
    """Store a message that the desk itself sends, redacted. Raises BlockedWordsError; nothing is stored then."""
    stopped = blocked_words(checks_for(Scope(conversation.company_id, conversation.environment)), message.text)
    if stopped is not None:
        raise stopped
    [stored] = add_messages(by=by, conversation=conversation, messages=[message])
    return stored
