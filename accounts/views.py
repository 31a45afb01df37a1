"""Signing in and out, and changing one's password."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access, services
from accounts.forms import NewPasswordForm, SignInForm
from accounts.gates import SignedInRequest, signed_in
from accounts.selectors import landing_page
from accounts.sign_in_limits import SignInTry, remember_device
from accounts.templatetags.durations import duration_in_words

UNPROCESSABLE, TOO_MANY_REQUESTS = 422, 429


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page. After too many failures the lockout of django-axes answers instead, with 429."""
    target = _way_back(request)
    if request.user.is_authenticated:
        return redirect(target or "home")
    tried = SignInTry.of(request) if request.method == "POST" else None
    if tried and (wait_s := tried.wait_s()):
        return _ask_to_wait(request, wait_s)
    form = SignInForm(request, data=request.POST if tried else None)
    if tried and form.is_valid():
        tried.succeeded()
        user = form.get_user()
        login(request, user)
        response = redirect(target or landing_page(user))
        remember_device(response, user)
        return response
    if tried and request.POST.get("username") and request.POST.get("password"):
        tried.failed()
    return render(
        request,
        "accounts/sign_in.html",
        {"form": form, "next": target},
        status=UNPROCESSABLE if form.is_bound else None,
    )


def _ask_to_wait(request: HttpRequest, wait_s: int) -> HttpResponse:
    """Nobody looks at the password now: too many were wrong."""
    wait = {"wait": duration_in_words(timedelta(seconds=wait_s))}
    response = render(request, "accounts/sign_in_wait.html", wait, status=TOO_MANY_REQUESTS)
    response["Retry-After"] = str(wait_s)
    return response


def _way_back(request: HttpRequest) -> str:
    """Where `next` points if that is a page of this desk, else nothing. Never the sign-in page itself.

    Who only asked for the desk's address without a path has not asked for a page: each begins on their own.
    """
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and wanted != resolve_url("home") and not wanted.startswith(request.path) else ""


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; with `forget`, browsers drop what they keep. Harmless for somebody who is not signed in."""
    access.sign_out(request)
    messages.success(request, "You are signed out.")
    response = redirect("sign-in")
    if request.POST.get("forget"):
        response["Clear-Site-Data"] = '"storage"'
    return response


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def password(request: SignedInRequest) -> HttpResponse:
    """Change one's own password. This session goes on; every other session of the person ends."""
    form = NewPasswordForm(request.user, data=request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        services.change_password(user=request.user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, request.user)
        messages.success(request, "Your password is changed. You were signed out everywhere else.")
        return redirect(landing_page(request.user))
    context = {"form": form, "landing_page": landing_page(request.user)}
    return render(request, "accounts/password.html", context, status=UNPROCESSABLE if form.is_bound else None)
