"""Suggestions for one conversation: its context, the engines, the checks, and the answer to each keystroke."""
