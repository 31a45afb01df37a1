"""The URLs of the desk. Each app has its own."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path


def no_icon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 Django's signature
    """Answer browsers that ask for an icon because the page names none. The pages of the desk name theirs."""
    return HttpResponse(status=204, headers={"Cache-Control": "public, max-age=86400"})


urlpatterns: list[URLPattern | URLResolver] = [
    path("favicon.ico", no_icon),
    path("", include("accounts.urls")),
    path("", include("composer.urls")),
    path("", include("widget.urls")),
    # Last, because django-ninja answers "/" with a 404 of its own.
    path("", include("api.urls")),
]
