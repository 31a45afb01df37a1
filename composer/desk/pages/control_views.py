"""The desk's controls: status, queue, transfer, end. Fragments, which the desk puts into a sheet or beside its list.

What has been done answers with the event `desk:done` and its message; what was refused comes back with the reason
and status 422.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actors import Actor
from accounts.models import Agent, Queue
from assignments.errors import AssignmentError, NotHoldingError
from assignments.lifecycle import (
    check_transfer,
    end_conversation,
    take,
    time_out,
    transfer_to_agent,
    transfer_to_queue,
    wrap_up,
)
from assignments.models import AssignmentEnd
from assignments.selectors import free_slots, has_ended, has_passed_on, wrap_ups
from assignments.services import set_status
from assignments.standing import held_by
from composer.desk.display.controls import past_page, status_bar_for, targets_of, waiting_rows, why_no_more
from composer.desk.display.history import end_of
from composer.desk.display.participants import participants_of
from composer.desk.pages.control_forms import EndForm, StatusForm, TransferForm
from composer.desk.pages.gate import DeskRequest, at_desk, desk_conversation
from conversations.models import Conversation, Resolution

MAX_PAGES = 400


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def status(request: DeskRequest) -> HttpResponse:
    """The agent's status, open slots and what waits; choose another status."""
    if request.method != "POST":
        return _status(request)
    form = StatusForm(request.POST, agent=request.agent)
    if not form.is_valid():
        return _status(request, error=_first_error(form))
    chosen = form.cleaned_data["status"]
    set_status(by=Actor.user(request.user), agent=request.agent, status=chosen)
    return _told(_status(request), f"You are {chosen.name} now.")


def _status(request: DeskRequest, error: str = "") -> HttpResponse:
    context = {"standing": status_bar_for(request.agent), "error": error}
    return render(request, "composer/desk/controls/_status.html", context, status=422 if error else 200)


@require_safe
@at_desk
def queue(request: DeskRequest) -> HttpResponse:
    """Who waits in the agent's queues."""
    return _queue(request)


@require_POST
@at_desk
def take_conversation(request: DeskRequest, conversation_id: str) -> HttpResponse:
    """Take one who waits, out of turn."""
    found = desk_conversation(request, conversation_id)
    try:
        take(by=Actor.user(request.user), agent=request.agent, conversation=found)
    except AssignmentError as refusal:
        if not _holds(request, found):  # a second press of one who has it by now is no mistake
            return _queue(request, error=str(refusal))
    return _done(f"{_customer(request, found)} is with you now.")


def _queue(request: DeskRequest, error: str = "") -> HttpResponse:
    context = {
        "waiting": waiting_rows(request.agent, request.user),
        "why_not": why_no_more(free_slots(request.agent)),
        "error": error,
    }
    return render(request, "composer/desk/controls/_queue.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def transfer(request: DeskRequest, conversation_id: str) -> HttpResponse:
    """Choose a queue or an agent (`q` filters them), and hand the conversation over with one press.

    With `hold` it is only checked: the desk shows for some seconds that it can be undone, and posts again then.
    """
    found = desk_conversation(request, conversation_id)
    if request.method != "POST":
        if not _holds(request, found):
            return _gone(request)
        return _transfer(request, found, TransferForm(agent=request.agent))
    form = TransferForm(request.POST, agent=request.agent)
    if not form.is_valid():
        return _transfer(request, found, form, error=_first_error(form))
    target = form.cleaned_data["to"]
    name = target.name if isinstance(target, Queue) else target.display_name
    try:
        if form.cleaned_data["hold"]:
            check_transfer(agent=request.agent, conversation=found, target=target)
            return _held(form.data["to"], name)
        _pass_on(request, found, target, form.cleaned_data["note"])
    except NotHoldingError as refusal:
        if not has_passed_on(request.agent, found, target):  # pressed twice
            return _refused(request, str(refusal), written=form.cleaned_data["note"])
    except AssignmentError as refusal:
        return _transfer(request, found, form, error=str(refusal))
    return _done(f"{_customer(request, found)} goes to {name}.")


def _pass_on(request: DeskRequest, found: Conversation, target: Queue | Agent, note: str) -> None:
    by = Actor.user(request.user)
    if isinstance(target, Queue):
        transfer_to_queue(by=by, agent=request.agent, conversation=found, queue=target, note=note)
    else:
        transfer_to_agent(by=by, agent=request.agent, conversation=found, target=target, note=note)


def _held(to: str, name: str) -> HttpResponse:
    """It can go there: the desk may hold it back and ask again."""
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps({"desk:transfer-held": {"to": to, "name": name}})
    return response


def _transfer(request: DeskRequest, found: Conversation, form: TransferForm, error: str = "") -> HttpResponse:
    term = request.GET.get("q", "").strip()[:100]
    queues, agents = targets_of(request.agent, found, term)
    context = {
        "conversation": found,
        "customer": _customer(request, found),
        "form": form,
        "queues": queues,
        "agents": agents,
        "term": term,
    }
    return _form(request, "composer/desk/controls/_transfer.html", context, error)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def end(request: DeskRequest, conversation_id: str) -> HttpResponse:
    """Say how it went, and end the conversation; or only say it, where it has ended without this agent."""
    found = desk_conversation(request, conversation_id)
    ended = wrap_ups(request.agent).filter(conversation=found).exists()
    form = EndForm(request.POST if request.method == "POST" else None, auto_id="end-%s", has_ended=ended)
    context = {"conversation": found, "customer": _customer(request, found), "form": form, "has_ended": ended}
    template = "composer/desk/controls/_end.html"
    if not form.is_bound:
        return _form(request, template, context) if ended or _holds(request, found) else _gone(request)
    if not form.is_valid():
        return _form(request, template, context, _first_error(form))
    data = form.cleaned_data
    try:
        (wrap_up if ended else end_conversation)(
            by=Actor.user(request.user),
            agent=request.agent,
            conversation=found,
            resolution=Resolution(data["resolution"]),
            notes=data["notes"],
        )
    except NotHoldingError as refusal:
        if not has_ended(request.agent, found, AssignmentEnd.ENDED, data["notes"]):  # pressed twice
            return _form(request, template, context, str(refusal))
    except AssignmentError as refusal:
        return _form(request, template, context, str(refusal))
    done = "is wrapped up" if ended else "has ended"
    return _done(f"The conversation with {context['customer']} {done}.")


@require_POST
@at_desk
def time_out_customer(request: DeskRequest, conversation_id: str) -> HttpResponse:
    """End a conversation whose customer is silent. One who writes again comes back at the top of the queue."""
    found = desk_conversation(request, conversation_id)
    return _do(
        request,
        f"{_customer(request, found)} is timed out.",
        found,
        lambda by: time_out(by=by, agent=request.agent, conversation=found),
        AssignmentEnd.TIMED_OUT,
    )


@require_safe
@at_desk
def past(request: DeskRequest) -> HttpResponse:
    """What the agent had before, newest first; each opens as a page to read."""
    asked = request.GET.get("page", "")
    page = min(max(int(asked), 1), MAX_PAGES) if asked.isascii() and asked.isdecimal() and len(asked) <= 4 else 1
    rows, has_more = past_page(request.agent, request.user, page)
    context = {"rows": rows, "page": page, "next_page": page + 1 if has_more and page < MAX_PAGES else None}
    return render(request, "composer/desk/controls/_past.html", context)


@require_safe
@at_desk
def read_past(request: DeskRequest, conversation_id: str) -> HttpResponse:
    """The end of a past conversation, to read in the sheet over the desk."""
    found = desk_conversation(request, conversation_id)
    context = end_of(found, request.user)
    return render(request, "composer/desk/controls/_past_conversation.html", context)


def _first_error(form: Form) -> str:
    return str(next(iter(form.errors.values()))[0])


def _holds(request: DeskRequest, found: Conversation) -> bool:
    return held_by(request.agent).filter(pk=found.pk).exists()


def _customer(request: DeskRequest, found: Conversation) -> str:
    return participants_of(found, request.user).customer_name


def _do(
    request: DeskRequest, message: str, found: Conversation, work: Callable[[Actor], object], end: AssignmentEnd
) -> HttpResponse:
    """End the conversation by `work`. Who presses twice has ended it with the first press."""
    try:
        work(Actor.user(request.user))
    except AssignmentError as refusal:
        if not has_ended(request.agent, found, end):
            return _refused(request, str(refusal))
    return _done(message)


def _form(request: DeskRequest, template: str, context: Mapping[str, Any], error: str = "") -> HttpResponse:
    return render(request, template, {**context, "error": error}, status=422 if error else 200)


def _gone(request: DeskRequest) -> HttpResponse:
    return _refused(request, str(NotHoldingError()))


def _refused(request: DeskRequest, error: str, written: str = "") -> HttpResponse:
    """`written`: what the agent wrote for it, which stays in reach."""
    context = {"error": error, "written": written}
    return render(request, "composer/desk/controls/_refused.html", context, status=422)


def _done(message: str) -> HttpResponse:
    return _told(HttpResponse(status=204), message)


def _told(response: HttpResponse, message: str) -> HttpResponse:
    response["HX-Trigger"] = json.dumps({"desk:done": {"message": message}})  # ASCII: a header holds nothing else
    return response
