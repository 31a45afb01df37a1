"""Background work of the desk: greetings that are due."""

from __future__ import annotations

from celery import shared_task

from composer.desk.services.greetings import overdue_greetings, send_greeting


@shared_task
def send_due_greetings() -> int:
    """Send the greetings whose web process did not send them. Return how many were sent."""
    return sum(send_greeting(run=run) is not None for run in overdue_greetings())
