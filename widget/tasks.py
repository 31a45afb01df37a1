"""Background tasks of the chat page."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from widget.models import Visitor


@shared_task(time_limit=600)
def forget_expired_visitors() -> int:
    """Delete expired sessions and return how many. Runs daily; running it twice does no harm."""
    deleted, _ = Visitor.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted
