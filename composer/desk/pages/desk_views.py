"""The agent's desk: its page, and the fragments at its right side."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actors import Actor
from accounts.ids import ULID_LENGTH
from composer.desk.display import response_panel
from composer.desk.display.controls import status_bar_for
from composer.desk.display.customer_panel import customer_panel
from composer.desk.display.history import end_of, history_page
from composer.desk.display.participants import participants_of, with_visitors
from composer.desk.display.transcripts import BLANK
from composer.desk.display.wait_times import TOO_LONG
from composer.desk.pages.forms import CustomFolderForm, CustomResponseForm, GreetingForm
from composer.desk.pages.gate import DeskRequest, at_desk, desk_conversation
from composer.suggestions.quicksearch import Source
from conversations.links import parts_of
from conversations.models import Conversation
from responses.errors import ResponseError
from responses.lists import load_custom_list
from responses.models import CustomFolder, CustomResponse
from responses.services import (
    create_folder,
    create_response,
    delete_folder,
    delete_response,
    update_response,
)

# Stands in the page's addresses for the conversation that is open.
ANY_CONVERSATION = "0" * ULID_LENGTH
FOLDER_FIELDS = "folder-%s"
GONE = "That is gone by now. The list below is as it stands."


@require_safe
@gzip_page  # the largest part of the first load; its tokens are masked anew each time
@at_desk
def desk(request: DeskRequest) -> HttpResponse:
    """The desk itself. What is on it comes over its socket."""
    context = {
        "agent": request.agent,
        "too_long_s": int(TOO_LONG.total_seconds()),
        "blank": BLANK,
        "any_conversation": ANY_CONVERSATION,
        "standing": status_bar_for(request.agent, opens=True),
    }
    return render(request, "composer/desk/desk.html", context)


@require_safe
@at_desk
def earlier(request: DeskRequest, conversation_id: str) -> HttpResponse:
    """Return messages with a sequence below `before`; without it, an earlier conversation from its end.

    The header `X-Earlier` has the address of the page above, or is empty.
    """
    found = desk_conversation(request, conversation_id)
    before = request.GET.get("before")
    if before is not None and (not before.isdecimal() or len(before) > 9):
        raise Http404
    past = history_page(found, request.user, before=None if before is None else int(before))
    above = ""
    if past.before is not None:
        above = f"{reverse('desk-earlier', args=[found.pk])}?before={past.before}"
    elif past.previous is not None:
        above = reverse("desk-earlier", args=[past.previous])
    response = render(request, "composer/desk/_past.html", {"past": past})
    response["X-Earlier"] = above
    return response


# --- the right side -----------------------------------------------------------------------------------------------


@require_safe
@at_desk
def responses(request: DeskRequest, conversation_id: str, source: Source) -> HttpResponse:
    """A list to browse (`folder`, `offset`) or to search (`q`)."""
    return _responses(request, desk_conversation(request, conversation_id), source)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def response(request: DeskRequest, conversation_id: str, key: str = "") -> HttpResponse:
    """Add a response to the agent's own list, or change the one with this key."""
    found = desk_conversation(request, conversation_id)
    row = _own(request, key) if key else None
    folders = response_panel.folder_choices(load_custom_list(request.agent))
    initial = {"folder": request.GET.get("folder", ""), **_proposal(request, found)}
    if row is not None:
        initial = {"title": row.title, "text": row.text, "folder": row.folder_id or ""}
    form = CustomResponseForm(
        request.POST if request.method == "POST" else None, folders=folders, initial=initial, auto_id="response-%s"
    )
    if request.method != "POST" or not form.is_valid():
        context = {"conversation": found, "form": form, "row": row}
        status = 422 if form.is_bound else 200
        return render(request, "composer/desk/side/_response_form.html", context, status=status)
    folder = CustomFolder.objects.filter(agent=request.agent, pk=form.cleaned_data["folder"]).first()
    fields = {"title": form.cleaned_data["title"], "text": form.cleaned_data["text"], "folder": folder}
    by = Actor.user(request.user)
    try:
        if row is None:
            saved = create_response(by=by, agent=request.agent, **fields)
        else:
            saved = update_response(by=by, response=row, metadata=_metadata(row), **fields)
    except ResponseError:
        return _responses(request, found, "custom", notice=GONE)
    done = "Added." if row is None else "Saved."
    return _responses(request, found, "custom", folder=folder.pk if folder else "", notice=done, focus=saved.pk)


@require_POST
@at_desk
def remove_response(request: DeskRequest, conversation_id: str, key: str) -> HttpResponse:
    found = desk_conversation(request, conversation_id)
    row = _own(request, key)
    folder = row.folder_id or ""
    try:
        delete_response(by=Actor.user(request.user), response=row)
    except ResponseError:
        return _responses(request, found, "custom", folder=folder, notice=GONE)
    return _responses(request, found, "custom", folder=folder, notice=f"“{row.title}” is deleted.")


@require_POST
@at_desk
def add_folder(request: DeskRequest, conversation_id: str) -> HttpResponse:
    """Add a folder in the folder `folder` of the agent's own list."""
    found = desk_conversation(request, conversation_id)
    folders = response_panel.folder_choices(load_custom_list(request.agent))
    form = CustomFolderForm(request.POST, folders=folders, auto_id=FOLDER_FIELDS)
    if not form.is_valid():
        return _responses(request, found, "custom", folder=request.POST.get("folder", ""), folder_form=form)
    parent_id = form.cleaned_data["folder"]
    parent = CustomFolder.objects.filter(agent=request.agent, pk=parent_id).first()
    try:
        create_folder(by=Actor.user(request.user), agent=request.agent, name=form.cleaned_data["name"], parent=parent)
    except ResponseError:
        return _responses(request, found, "custom", notice=GONE)
    return _responses(request, found, "custom", folder=parent_id, notice="Added.")


@require_POST
@at_desk
def remove_folder(request: DeskRequest, conversation_id: str, key: str) -> HttpResponse:
    """Delete a folder; its content moves to the folder above."""
    found = desk_conversation(request, conversation_id)
    row = CustomFolder.objects.filter(agent=request.agent, pk=key).first()
    if row is None:
        raise Http404
    above = row.parent_id or ""
    try:
        delete_folder(by=Actor.user(request.user), folder=row)
    except ResponseError:
        return _responses(request, found, "custom", notice=GONE)
    return _responses(request, found, "custom", folder=above, notice=f"The folder “{row.name}” is gone.")


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def autopilot(request: DeskRequest, conversation_id: str) -> HttpResponse:
    """The agent's greetings."""
    found = desk_conversation(request, conversation_id)
    form = GreetingForm(request.POST if request.method == "POST" else None, auto_id="greeting-%s")
    saved = False
    if form.is_bound and form.is_valid():
        form.save(by=Actor.user(request.user), agent=request.agent)
        saved = True
    now = response_panel.greetings_of(request.agent, found.queue_id)
    if not form.is_bound or saved:
        initial = {"enabled": now.on, "named": now.named, "generic": now.generic}
        form = GreetingForm(initial=initial, auto_id="greeting-%s")
    context = {"conversation": found, "form": form, "greetings": now, "saved": saved}
    return render(request, "composer/desk/side/_autopilot.html", context, status=422 if form.is_bound else 200)


@require_safe
@at_desk
def customer(request: DeskRequest, conversation_id: str) -> HttpResponse:
    """Who the customer is, and earlier conversations."""
    found = desk_conversation(request, conversation_id)
    context = {"conversation": found, "panel": customer_panel(found, request.user)}
    return render(request, "composer/desk/side/_customer.html", context)


@require_safe
@at_desk
def read_earlier(request: DeskRequest, conversation_id: str, earlier_id: str) -> HttpResponse:
    """The end of an earlier conversation, to read beside the present one."""
    found = desk_conversation(request, conversation_id)
    earlier = desk_conversation(request, earlier_id)
    context = {"conversation": found, **end_of(earlier, request.user)}
    return render(request, "composer/desk/side/_earlier.html", context)


@require_safe
@at_desk
def notes(request: DeskRequest, conversation_id: str) -> HttpResponse:
    """The notes of the conversation, and a field for a new one, which is sent over the socket."""
    found = desk_conversation(request, conversation_id)
    written = response_panel.notes_of(found)
    # The author of a note need not be a participant.
    participants = with_visitors(
        participants_of(found, request.user), found, [row.sender_external_id for row in written]
    )
    rows = [(participants.agent_name(row.sender_external_id), row, parts_of(row.text)) for row in written]
    return render(request, "composer/desk/side/_notes.html", {"conversation": found, "notes": rows})


def _proposal(request: DeskRequest, found: Conversation) -> dict[str, str]:
    """Return the initial values of a new response: from the agent's message `message`, or from `text`."""
    text = response_panel.sent_text(found, request.GET.get("message", "")) or request.GET.get("text", "")
    return response_panel.proposal(found, participants_of(found, request.user).customer_name, text) if text else {}


def _own(request: DeskRequest, key: str) -> CustomResponse:
    row = CustomResponse.objects.filter(agent=request.agent, pk=key).first()
    if row is None:
        raise Http404
    return row


def _metadata(row: CustomResponse) -> list[tuple[str, list[str]]]:
    """Return the stored metadata: the desk's form does not show it."""
    entries = row.metadata.order_by("position").prefetch_related("values")
    return [(entry.name, [value.value for value in entry.values.all()]) for entry in entries]


def _responses(
    request: DeskRequest,
    found: Conversation,
    source: Source,
    *,
    folder: str | None = None,
    notice: str = "",
    focus: str = "",
    folder_form: CustomFolderForm | None = None,
) -> HttpResponse:
    """Render the list. `focus`: the response that gets the focus; `folder_form`: a form with errors."""
    offset = request.GET.get("offset", "")
    page = response_panel.list_page(
        found,
        request.agent,
        source,
        folder=request.GET.get("folder", "") if folder is None else folder,
        term=request.GET.get("q", "").strip()[:200],
        offset=int(offset) if offset.isdecimal() and len(offset) <= 6 else 0,
    )
    context = {
        "conversation": found,
        "page": page,
        "notice": notice,
        "focus": focus or request.GET.get("focus", ""),
        "per_page": response_panel.PER_PAGE,
        # The folder is the one on screen, not a choice.
        "folder_form": folder_form
        or CustomFolderForm(folders=[], initial={"folder": page.folder}, auto_id=FOLDER_FIELDS),
    }
    return render(request, "composer/desk/side/_responses.html", context, status=422 if folder_form else 200)
