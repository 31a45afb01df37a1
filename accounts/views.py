"""Signing in and out, and changing one's password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services
from accounts.forms import NewPasswordForm, SignInForm
from accounts.gates import SignedInRequest, signed_in

UNPROCESSABLE = 422


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page. After too many failures the lockout of django-axes answers instead, with 429."""
    target = _way_back(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request, data=request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        login(request, form.get_user())
        return redirect(target)
    return render(
        request,
        "accounts/sign_in.html",
        {"form": form, "next": target},
        status=UNPROCESSABLE if form.is_bound else None,
    )


def _way_back(request: HttpRequest) -> str:
    """Where `next` points if that is a page of this desk, else home. Never the sign-in page itself."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and not wanted.startswith(request.path) else resolve_url("home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session. Harmless for somebody who is not signed in."""
    logout(request)
    messages.success(request, "You are signed out.")
    return redirect("sign-in")


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
        return redirect("home")
    return render(request, "accounts/password.html", {"form": form}, status=UNPROCESSABLE if form.is_bound else None)
