"""Decorators that say who may open a page. Views get their person from here only."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts import refusals
from accounts.models import Role, User

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """A request of a signed-in person, whose company and roles are loaded."""

    user: User
    htmx: HtmxDetails


def signed_in(
    view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let signed-in people pass; send everybody else to the sign-in page, and back afterwards.

    Dates and times of the page are in the time zone of the person's company. Browsers store nothing of the page:
    after signing out, "Back" must not show a customer's conversation.
    """

    @wraps(view)
    def gate(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        # Read company and roles once: the header, the decorators and the selectors use them.
        prefetch_related_objects([request.user], "company", "roles")
        with timezone.override(request.user.company.time_zone):
            response = view(request, *args, **kwargs)  # type: ignore[arg-type]  # the person was just checked
        add_never_cache_headers(response)
        return response

    return gate


def role_required(
    *roles: Role,
) -> Callable[
    [Callable[Concatenate[SignedInRequest, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """Do the same as `signed_in`, and answer 403 to a person who has none of these roles."""

    def decorate(
        view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def gate(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.user.role_names().isdisjoint(roles):
                raise refused(request, roles)
            return view(request, *args, **kwargs)

        return signed_in(gate)

    return decorate


def refused(request: SignedInRequest, roles: Collection[Role]) -> PermissionDenied:
    """Return the 403 of a page that needs one of these roles. The refusal is recorded."""
    match = request.resolver_match
    page = match.view_name if match and match.view_name else "unnamed"
    refusals.page_refused(user=request.user, page=page, roles=roles)
    return PermissionDenied()


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect to the sign-in page, and from there back to the person's page, but never to the address of a form."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]  # set by HtmxMiddleware
    if htmx:
        # The script would follow an ordinary redirect and put the sign-in page inside the list.
        back = htmx.current_url_abs_path or resolve_url("home")
        return HttpResponseClientRedirect(redirect_to_login(back, reverse("sign-in")).url)
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else resolve_url("home")
    return redirect_to_login(back, reverse("sign-in"))
