"""Indexes: prefixes, phrases, lexical match, neighbours, variants, typos and values of the conversation."""
