"""Labels: the words that pages show for values of the models."""

from __future__ import annotations

import re

from conversations.models import Channel, Conversation, Resolution, Status

CHANNELS = {
    Channel.API.value: "API",
    Channel.WEB.value: "Web",
    Channel.IOS.value: "iOS",
    Channel.ANDROID.value: "Android",
    Channel.SMS.value: "SMS",
    Channel.WHATSAPP.value: "WhatsApp",
    Channel.IMPORT.value: "Import",
}
STATUSES = {
    Status.AUTOMATED.value: "Automated",
    Status.WAITING.value: "Waiting",
    Status.LIVE.value: "Live",
    Status.ENDED.value: "Ended",
}
RESOLUTIONS = {
    Resolution.RESOLVED.value: "Resolved",
    Resolution.UNRESOLVED.value: "Unresolved",
    Resolution.TIMED_OUT.value: "Timed out",
}

# Words that are written in capitals.
ACRONYMS = {"api", "crm", "id", "ip", "os", "pin", "sim", "sku", "sms", "url", "vip"}
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
SEPARATORS = re.compile(r"[\s_.\-]+")


def metadata_label(name: str) -> str:
    """Return a metadata key in words: "account_number", "accountNumber", "ACCOUNT-NUMBER" are "Account number"."""
    words = [word.lower() for word in SEPARATORS.split(HUMP.sub(" ", name)) if word]
    if not words:
        return name
    words = [word.upper() if word in ACRONYMS else word for word in words]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def channel_label(conversation: Conversation) -> str:
    """Return the channel's label, or the stored value where there is none."""
    return CHANNELS.get(conversation.channel, conversation.channel)


def status_label(conversation: Conversation) -> str:
    """Return the status in a word; for an ended conversation its resolution, where that is known."""
    return RESOLUTIONS.get(conversation.resolution) or STATUSES.get(conversation.status, conversation.status)
