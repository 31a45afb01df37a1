"""The desk's palette: searches the agent's responses and past customers."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from composer.desk.display import response_panel
from composer.desk.display.controls import past_with
from composer.desk.pages.gate import DeskRequest, at_desk, desk_conversation
from composer.suggestions.quicksearch import Source

MAX_TERM_LENGTH = 100
SOURCES: tuple[Source, ...] = ("custom", "global")
# Results of each kind; there is a page with all of them.
MAX_FOUND = 5


@require_safe
@at_desk
def find(request: DeskRequest) -> HttpResponse:
    """JSON: `responses` for the open conversation (`conversation`) and `past` ones that have the words of `q`."""
    term = request.GET.get("q", "").strip()[:MAX_TERM_LENGTH]
    if not term or "\0" in term:
        return JsonResponse({"responses": [], "past": []})
    open_id = request.GET.get("conversation", "")
    past = [
        {"customer": row.customer, "detail": row.detail, "address": reverse("conversation", args=[row.id])}
        for row in past_with(request.agent, request.user, term, limit=MAX_FOUND)
    ]
    return JsonResponse({"responses": _responses(request, open_id, term) if open_id else [], "past": past})


def _responses(request: DeskRequest, conversation_id: str, term: str) -> list[dict[str, str]]:
    """Return responses, the agent's own first, with inserts filled in as in the panel."""
    found = desk_conversation(request, conversation_id)
    rows: list[dict[str, str]] = []
    for source in SOURCES:
        page = response_panel.list_page(found, request.agent, source, folder="", term=term, offset=0)
        rows += [{"source": source, "title": row.title, "text": row.text} for row in page.responses[:MAX_FOUND]]
    return rows
