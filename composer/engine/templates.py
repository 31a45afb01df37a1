"""Inserts, as the engine fills them; the rule itself belongs to the response library."""

from responses.engine.templates import fill, insert_names

__all__ = ["fill", "insert_names"]
