"""The Celery application. Tasks live in the `tasks` module of each app, and of each package of the composer."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asapp_site.settings")

app = Celery("desk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["composer.desk", "composer.learning", "composer.usage"])
