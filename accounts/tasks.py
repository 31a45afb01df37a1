"""Background tasks of people's accounts, the event log and its partitions."""

from __future__ import annotations

from datetime import timedelta

from axes.models import AccessAttempt, AccessLog
from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.event_log.numbering import number_new_events
from partitioning.tables import ensure_partitions

# A name in a failed sign-in is often a password, so those rows are deleted early. Successful sign-ins are kept longer,
# to see who was there.
MAX_FAILED_SIGN_IN_AGE, MAX_SIGN_IN_AGE = timedelta(days=1), timedelta(days=90)


@shared_task(time_limit=600)
def forget_failed_sign_ins() -> int:
    """Delete old rows of django-axes and return how many. Runs daily; running it twice does no harm."""
    now = timezone.now()
    failed, _ = AccessAttempt.objects.filter(attempt_time__lt=now - MAX_FAILED_SIGN_IN_AGE).delete()
    succeeded, _ = AccessLog.objects.filter(attempt_time__lt=now - MAX_SIGN_IN_AGE).delete()
    return int(failed + succeeded)


@shared_task(time_limit=600)
def forget_expired_sessions() -> int:
    """Delete expired sessions and return how many. Runs daily; running it twice does no harm."""
    deleted, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return deleted


@shared_task(time_limit=300)
def number_events() -> int:
    """Give new events their company sequence, where no reader has done so. Return how many got one."""
    return number_new_events()


@shared_task(time_limit=600)
def add_partitions() -> int:
    """Create the monthly partitions that are missing, some months ahead. Return how many. Runs daily."""
    return len(ensure_partitions())
