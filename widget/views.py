"""The chat page of a company: a short form, then the conversation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Company, Queue
from accounts.templatetags.durations import in_minutes
from widget import services
from widget.browsers import device_of, page_of
from widget.cookies import delete_cookie, new_token, set_cookie, token_of
from widget.errors import NoVisitorError, TooManyOpenError
from widget.forms import StartForm
from widget.limits import wait_before_starting
from widget.selectors import company_of, visitor_of

# `Retry-After` when a chat has to end first; nobody knows when that will be.
RETRY_AFTER_S = 60.0
SEE_OTHER, NOT_FOUND, UNPROCESSABLE, TOO_MANY = 303, 404, 422, 429


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def chat(request: HttpRequest, company: str) -> HttpResponse:
    """Show the visitor's conversation, or the form that starts one. `?queue=` chooses the queue by its name."""
    try:
        row = company_of(company)
    except Company.DoesNotExist as error:
        raise Http404 from error
    queues = list(Queue.objects.filter(company=row).order_by("name"))
    if not queues:
        return render(request, "widget/closed.html", {"company": row}, status=NOT_FOUND)
    wanted = request.GET.get("queue", "").casefold()
    offered = [queue for queue in queues if queue.name.casefold() == wanted] or queues
    if request.method == "POST":
        return _start(request, row, offered)
    token = token_of(request.COOKIES, row.slug) or new_token()
    page = page_of(request.headers.get("Referer", ""), own_host=request.get_host())
    try:
        visitor = visitor_of(row.slug, token)
    except NoVisitorError:
        # Always a new token: the old one may belong to a session that was forgotten.
        return _ask(request, row, StartForm(queues=offered, initial={"page": page}), new_token())
    services.renew_visitor(visitor=visitor)
    form = StartForm(queues=offered, initial={"name": visitor.name, "page": page})
    if visitor.conversation is None:
        return _ask(request, row, form, token)
    response = render(request, "widget/chat.html", {"company": row, "visitor": visitor, "form": form})
    set_cookie(response, row.slug, token)
    return response


@never_cache
@require_POST
def end(request: HttpRequest, company: str) -> HttpResponse:
    """End the conversation; all tabs show that it has ended."""
    with suppress(NoVisitorError):
        services.end_chat(visitor=visitor_of(company, token_of(request.COOKIES, company)))
    return HttpResponseRedirect(reverse("chat", args=[company]), status=SEE_OTHER)


@never_cache
@require_POST
def forget(request: HttpRequest, company: str) -> HttpResponse:
    """End the conversation and forget this browser, so that its next user sees nothing of it."""
    with suppress(NoVisitorError):
        visitor = visitor_of(company, token_of(request.COOKIES, company))
        services.end_chat(visitor=visitor)
        services.forget_visitor(visitor=visitor)
    response = HttpResponseRedirect(reverse("chat", args=[company]), status=SEE_OTHER)
    delete_cookie(response, company)
    return response


def _start(request: HttpRequest, company: Company, queues: Sequence[Queue]) -> HttpResponse:
    """Start a chat. The session's token follows from the cookie of the page, so a form sent twice is one visitor."""
    form, token = StartForm(request.POST, queues=queues), token_of(request.COOKIES, company.slug)
    if token is None:
        return _ask(request, company, form, new_token(), forgotten=True)
    if not form.is_valid():
        return _ask(request, company, form, token)
    address = request.META["REMOTE_ADDR"]
    wait = wait_before_starting(company.pk, address)
    if wait:
        minutes = in_minutes(timedelta(seconds=math.ceil(wait)))
        reason = f"Too many chats were started from your network. Try again in {minutes}."
        return _refuse(request, company, form, token, reason, wait)
    user_agent = request.headers.get("User-Agent", "")
    origin = services.Origin(
        page=page_of(form.cleaned_data["page"], own_host=request.get_host()),
        device=device_of(user_agent),
        address=address,
    )
    try:
        token = services.token_to_start(company=company, token=token, browser=f"{address} {user_agent}")
        visitor = services.start_chat(
            company=company, token=token, queue=form.chosen_queue, name=form.cleaned_data["name"], origin=origin
        )
    except NoVisitorError:
        return _ask(request, company, form, new_token(), forgotten=True)
    except TooManyOpenError as error:
        return _refuse(request, company, form, token, str(error), RETRY_AFTER_S)
    response = HttpResponseRedirect(reverse("chat", args=[company.slug]), status=SEE_OTHER)
    set_cookie(response, visitor.company.slug, token)
    return response


def _refuse(
    request: HttpRequest, company: Company, form: StartForm, token: str, reason: str, wait_s: float
) -> HttpResponse:
    """Answer 429 and show the form again as it was filled in."""
    form.add_error(None, reason)
    response = _ask(request, company, form, token)
    response.status_code = TOO_MANY
    response["Retry-After"] = str(math.ceil(wait_s))
    return response


def _ask(
    request: HttpRequest, company: Company, form: StartForm, token: str, *, forgotten: bool = False
) -> HttpResponse:
    context = {"company": company, "form": form, "forgotten": forgotten}
    response = render(request, "widget/start.html", context, status=UNPROCESSABLE if form.is_bound else None)
    set_cookie(response, company.slug, token)
    return response
