"""Who may use the desk's pages: agents, each in their own conversations and those they may see."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse

from accounts.gates import SignedInRequest, refused, signed_in
from accounts.models import Agent, Role
from composer.desk.selectors import conversation_for, desk_agent
from conversations.models import Conversation

P = ParamSpec("P")


class DeskRequest(SignedInRequest):
    """A request of a person who answers customers as `agent`."""

    agent: Agent


def at_desk(
    view: Callable[Concatenate[DeskRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Allow agents only: 403 for signed-in people who answer no customers."""

    @wraps(view)
    def gate(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        agent = desk_agent(request.user)
        if agent is None:
            raise refused(request, [Role.AGENT])
        request.agent = agent  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return signed_in(gate)


def desk_conversation(request: DeskRequest, conversation_id: str) -> Conversation:
    """The conversation, where this person may see it; else Http404."""
    try:
        return conversation_for(request.user, conversation_id)
    except Conversation.DoesNotExist as error:
        raise Http404 from error
