"""forget_expired_sessions, which Celery beat runs daily."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.tasks import forget_expired_sessions
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
