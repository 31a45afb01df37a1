"""The yardstick: what `django-admin startproject` gives, with one async view. Served by Daphne like the desk."""

from __future__ import annotations

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    # The web process reads bodies up to this.
    API_MAX_BODY_BYTES=1024 * 1024,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)


@csrf_exempt
async def answer(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """As much JSON as three suggestions make."""
    suggestion = {"text": "Sure, one moment please.", "templateText": "Sure, one moment please.", "title": ""}
    return JsonResponse({"id": "0" * 32, "suggestions": [suggestion] * 3})


urlpatterns = [path("plain", answer)]

application = get_asgi_application()
