"""The Celery application; tasks live in the `tasks` module of each room."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asapp_site.settings")

app = Celery("desk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
