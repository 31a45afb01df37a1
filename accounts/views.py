"""Pages for signing in and out, and for changing one's password."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access, refusals, services
from accounts.forms import NewPasswordForm, SignInForm
from accounts.gates import SignedInRequest, signed_in
from accounts.selectors import landing_page
from accounts.sign_in_limits import SignInAttempt, remember_device
from accounts.templatetags.durations import in_words

UNPROCESSABLE, TOO_MANY_REQUESTS = 422, 429


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the sign-in page and sign in. After too many failures, django-axes answers with 429 instead."""
    target = _return_path(request)
    if request.user.is_authenticated:
        return redirect(target or "home")
    attempt = SignInAttempt.of(request) if request.method == "POST" else None
    if attempt and (wait_s := attempt.wait_s()):
        refusals.sign_in_limited(username=request.POST.get("username", ""), reason="wait")
        return _ask_to_wait(request, wait_s)
    form = SignInForm(request, data=request.POST if attempt else None)
    if attempt and form.is_valid():
        attempt.count_success()
        user = form.get_user()
        access.sign_in(request, user)
        response = redirect(target or landing_page(user))
        remember_device(response, user)
        return response
    if attempt and request.POST.get("username") and request.POST.get("password"):
        attempt.count_failure()
        _record_failure(request, form)
    return render(
        request,
        "accounts/sign_in.html",
        {"form": form, "next": target},
        status=UNPROCESSABLE if form.is_bound else None,
    )


def _record_failure(request: HttpRequest, form: SignInForm) -> None:
    username = form.cleaned_data.get("username", "")
    if getattr(request, "axes_locked_out", False):  # set by django-axes
        refusals.sign_in_limited(username=username, reason="locked")
    else:
        refusals.sign_in_failed(username=username)


def _ask_to_wait(request: HttpRequest, wait_s: int) -> HttpResponse:
    """Answer 429 without checking the password, because there were too many wrong ones."""
    wait = {"wait": in_words(timedelta(seconds=wait_s))}
    response = render(request, "accounts/sign_in_wait.html", wait, status=TOO_MANY_REQUESTS)
    response["Retry-After"] = str(wait_s)
    return response


def _return_path(request: HttpRequest) -> str:
    """Return the page of this desk that `next` names; "" for another site and for the sign-in page itself.

    Also returns "" for the root address, which asks for no certain page: everybody begins on their own landing page.
    """
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and wanted != resolve_url("home") and not wanted.startswith(request.path) else ""


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; `forget` also clears the browser's storage. Does nothing for somebody who is not signed in."""
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
    """Change one's own password. This session continues; all other sessions of the person end."""
    form = NewPasswordForm(request.user, data=request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        services.change_password(user=request.user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, request.user)
        messages.success(request, "Your password is changed. You are signed out everywhere else.")
        return redirect(landing_page(request.user))
    context = {"form": form, "landing_page": landing_page(request.user)}
    return render(request, "accounts/password.html", context, status=UNPROCESSABLE if form.is_bound else None)
