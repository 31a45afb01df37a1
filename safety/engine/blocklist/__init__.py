"""The block list: finds the words that an agent must not send."""

from safety.engine.blocklist.filter import Hit, ProfanityEngine

__all__ = ["Hit", "ProfanityEngine"]
