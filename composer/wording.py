"""The words that pages use for what the models call by short names."""

from __future__ import annotations

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


def channel_label(conversation: Conversation) -> str:
    """The channel; one that has no words yet is shown as it is stored."""
    return CHANNELS.get(conversation.channel, conversation.channel)


def status_label(conversation: Conversation) -> str:
    """The status in a word; an ended conversation says how it ended where that is known."""
    return RESOLUTIONS.get(conversation.resolution) or STATUSES.get(conversation.status, conversation.status)
