"""The URLs of the desk: each room keeps its own."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("accounts.urls")),
    path("", include("composer.urls")),
    path("", include("widget.urls")),
    # Last: django-ninja answers "/" with 404 of its own.
    path("", include("api.urls")),
]
