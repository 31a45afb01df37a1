"""Tells every process when a cached copy is out of date. The lowest room: it knows Redis and nothing of the desk."""
