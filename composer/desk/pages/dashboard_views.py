"""The pages of the desk."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.gates import SignedInRequest, role_required, signed_in
from accounts.models import Role
from composer.desk.display.conversation_panel import details_of
from composer.desk.display.dashboard import DashboardFilter, dashboard_for
from composer.desk.display.overview import active_keys_of, overview_of
from composer.desk.display.participants import participants_of
from composer.desk.display.transcripts import transcript_of
from composer.desk.selectors import DESK_ROLES, conversation_for, works_on_desk
from conversations.models import Conversation


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def home(request: SignedInRequest) -> HttpResponse:
    """The queues and conversations of the person, and what those who run the desk can do today."""
    user = request.user
    board = dashboard_for(user, DashboardFilter.of(request.GET)) if works_on_desk(user) else None
    if board and request.htmx and not request.htmx.history_restore_request:
        return render(request, "composer/desk/_board.html", {"board": board})
    roles = user.role_names()
    is_admin, is_developer = Role.ADMIN in roles, Role.DEVELOPER in roles
    return render(
        request,
        "composer/desk/home.html",
        {
            "board": board,
            "roles": [role.label for role in Role if role in roles],
            "is_supervisor": Role.SUPERVISOR in roles,
            "overview": overview_of(user.company) if is_admin else None,
            "is_developer": is_developer,
            "keys": active_keys_of(user.company) if is_developer else [],
            "api_url": request.build_absolute_uri("/").rstrip("/"),
        },
    )


@require_safe
@role_required(*DESK_ROLES)
def conversation(request: SignedInRequest, conversation_id: str) -> HttpResponse:
    """One conversation, to read. `before`: show the messages numbered below it."""
    try:
        found = conversation_for(request.user, conversation_id)
    except Conversation.DoesNotExist as error:
        raise Http404 from error
    before = request.GET.get("before", "")
    participants = participants_of(found, request.user)
    return render(
        request,
        "composer/desk/conversation.html",
        {
            "details": details_of(found, participants, reader=request.user),
            "transcript": transcript_of(
                found, participants, before=int(before) if before.isdecimal() and len(before) <= 9 else None
            ),
        },
    )
