"""Indexes over texts: by prefix, by words, by likeness, by past contexts, by typo."""
