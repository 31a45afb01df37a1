"""Background work for people's accounts."""

from __future__ import annotations

from datetime import timedelta

from axes.models import AccessAttempt, AccessLog
from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

# Names that were typed wrongly are often passwords; those of successful sign-ins show who was there.
KEEP_FAILED_SIGN_INS, KEEP_SIGN_INS = timedelta(days=1), timedelta(days=90)


@shared_task(time_limit=600)
def forget_failed_sign_ins() -> int:
    """Delete what django-axes keeps of old tries; how many rows. Runs daily; running it twice does no harm."""
    now = timezone.now()
    failed, _ = AccessAttempt.objects.filter(attempt_time__lt=now - KEEP_FAILED_SIGN_INS).delete()
    succeeded, _ = AccessLog.objects.filter(attempt_time__lt=now - KEEP_SIGN_INS).delete()
    return int(failed + succeeded)


@shared_task(time_limit=600)
def forget_expired_sessions() -> int:
    """Delete sessions that nobody can use any more; how many. Runs daily; running it twice does no harm."""
    deleted, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return deleted
