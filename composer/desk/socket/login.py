"""The login of a desk's socket: checked when it opens, from time to time, and after hints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user

from accounts import refusals
from accounts.actors import Actor
from accounts.models import Agent, Role, User
from composer.desk.login_sessions import LoginSession
from composer.desk.selectors import desk_agent
from conversations.selectors import Scope
from safety.engine.masking import Redactor
from safety.selectors import Audience, redactor_for


@dataclass(frozen=True, slots=True)
class Login:
    """A signed-in person who answers customers. `redactor`: masks what agents may not see."""

    user: User
    agent: Agent
    redactor: Redactor
    session: LoginSession

    @property
    def scope(self) -> Scope:
        return Scope(self.agent.company_id, self.agent.environment)

    @property
    def actor(self) -> Actor:
        return Actor.user(self.user)


class NotSignedInError(Exception):
    """There is no session, it has ended, or its person may no longer sign in."""


class NoDeskError(Exception):
    """A signed-in person who answers no customers."""


def login_of(scope: Mapping[str, Any]) -> Login:
    """Return the login of a socket's session cookie, as the database has it now.

    Raises NotSignedInError, NoDeskError. Django checks that the password is still the one with which the session was
    opened.
    """
    key = scope["cookies"].get(settings.SESSION_COOKIE_NAME)
    if not key:
        raise NotSignedInError
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(SimpleNamespace(session=session, META={}))  # type: ignore[arg-type] # reads the session only
    if not isinstance(user, User) or not user.is_active:
        raise NotSignedInError
    agent = desk_agent(user)
    if agent is None:
        refusals.page_refused(user=user, page="desk-socket", roles=[Role.AGENT])
        raise NoDeskError
    agent.user = user
    redactor = redactor_for(agent.company_id, agent.environment, Audience.AGENT)
    return Login(user, agent, redactor, LoginSession(key, agent.pk, user.password))
