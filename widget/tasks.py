"""Background work for the customer's side."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from widget.models import Visitor


@shared_task(time_limit=600)
def forget_expired_visitors() -> int:
    """Delete sessions that nobody can use any more; how many. Runs daily; running it twice does no harm."""
    deleted, _ = Visitor.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted
