"""Texts of which nothing can be seen, and some of which something can."""

from __future__ import annotations

BLANK = [
    "   ",
    " \n\t\r\n ",
    "\u200b\u200b",
    "\u2060",
    "\ufeff",
    "\u2800",
    "\u3164",
    "\uffa0\u115f\u1160",
    "\u00a0\u2003\u2028",
    "\u202e\u2066\u2069\u200f",
    "\u0301\u0336",
    "\ufe0f\u200d",
    "\U000e0067\U000e007f",
]
SHOWN = [
    ".",
    "0",
    "👍",
    "❤️",
    "👨‍👩‍👧",
    "🇩🇪",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\u200fשלום\u200e (12)",
    "مرحبا",
    "می‌خواهم",
    "हाँ",
    "e\u0301",
    "한글",
]
# As typed, and as stored.
ENDS = [
    ("Hello there   \n\n\n", "Hello there"),
    ("  two\n\n  lines \t\r\n", "  two\n\n  lines"),
    ("Thanks\u200b\n\u2800\u3164", "Thanks"),
    ("❤️ \n", "❤️"),
    ("שלום\u200f\n", "שלום\u200f"),
]
