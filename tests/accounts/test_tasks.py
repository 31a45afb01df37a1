"""forget_expired_sessions and forget_failed_sign_ins, which Celery beat runs daily."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.tasks import forget_expired_sessions, forget_failed_sign_ins
from asapp_site.celery import app


@pytest.mark.django_db
def test_only_expired_sessions_go() -> None:
    now = timezone.now()
    Session.objects.create(session_key="old", session_data="", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(hours=1))
    assert forget_expired_sessions() == 1
    assert forget_expired_sessions() == 0
    assert Session.objects.get().session_key == "new"


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


@pytest.mark.django_db
def test_old_tries_to_sign_in_are_forgotten() -> None:
    now = timezone.now()
    failed = {"failures_since_start": 1}
    for model, fields, recent, old in ((AccessAttempt, failed, 0, 2), (AccessLog, {}, 80, 91)):
        for days in (recent, old):
            row = model.objects.create(username=f"{days}", ip_address="192.0.2.1", **fields)
            model.objects.filter(pk=row.pk).update(attempt_time=now - timedelta(days=days))
    assert forget_failed_sign_ins() == 2
    assert [row.username for row in AccessAttempt.objects.all()] == ["0"]
    assert [row.username for row in AccessLog.objects.all()] == ["80"]
    assert forget_failed_sign_ins() == 0
