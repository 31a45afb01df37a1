"""Background work for people's accounts."""

from __future__ import annotations

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone


@shared_task(time_limit=600)
def forget_expired_sessions() -> int:
    """Delete sessions that nobody can use any more; how many. Runs daily; running it twice does no harm."""
    deleted, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return deleted
