"""Starts the desk and keeps it running: one parent process, its children, and what must be ready before them.

`manage.py up` prepares (folders, lock, port, Redis, database, static files, demo company), then hands the
children to `Supervisor`, which restarts what dies and stops everything when it is told to.
"""
