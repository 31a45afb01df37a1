"""Starts the desk and keeps it running, as one parent process with children.

`manage.py up` prepares folders, lock, port, Redis, database, static files and demo company. Then `Supervisor` starts
the children, restarts those that die, and stops all of them on a stop signal.
"""
