"""Versioned caches: values in each process's memory, checked against version tokens in Redis.

The lowest room: it knows Redis and nothing of the desk. `cache.py` holds the caches and draws their states.
"""
