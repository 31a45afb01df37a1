"""The block list: words that an agent must not send, and where they are."""

from safety.engine.blocklist.filter import Hit, ProfanityEngine

__all__ = ["Hit", "ProfanityEngine"]
