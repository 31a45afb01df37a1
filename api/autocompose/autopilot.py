"""The calls for auto-pilot greetings: an agent's texts and switch."""

from __future__ import annotations

from ninja import Query, Router

from accounts.services import known_agent
from api.auth import ApiRequest, KeyPair, actor_of, scope_of
from api.autocompose.schemas import (
    ByAgent,
    GreetingsRequest,
    GreetingsResponse,
    GreetingsStatusRequest,
    GreetingsStatusResponse,
)
from api.autocompose.views import agent_for
from responses import services
from responses.selectors import agent_greets, greeting_texts

router = Router(auth=KeyPair("autocompose"), tags=["AutoCompose"], by_alias=True)


@router.get("/autopilot/greetings", response=GreetingsResponse, summary="Get autopilot greetings")
def get_greetings(request: ApiRequest, query: Query[ByAgent]) -> GreetingsResponse:
    """Return the agent's own texts, else the company's."""
    generic, named = greeting_texts(scope_of(request.credential), agent_for(request, query.agent_id))
    return GreetingsResponse(greetingGeneric=generic, greetingCustomerName=named)


@router.put("/autopilot/greetings", response=GreetingsResponse, summary="Update autopilot greetings")
def update_greetings(request: ApiRequest, payload: GreetingsRequest, query: Query[ByAgent]) -> GreetingsResponse:
    scope = scope_of(request.credential)
    agent = known_agent(company_id=scope.company_id, environment=scope.environment, external_id=query.agent_id)
    services.set_greeting_texts(
        by=actor_of(request.credential),
        agent=agent,
        generic=payload.greeting_generic,
        named=payload.greeting_customer_name,
    )
    return GreetingsResponse(
        greetingGeneric=payload.greeting_generic, greetingCustomerName=payload.greeting_customer_name
    )


@router.get("/autopilot/greetings/status", response=GreetingsStatusResponse, summary="Get autopilot greetings status")
def get_greetings_status(request: ApiRequest, query: Query[ByAgent]) -> GreetingsStatusResponse:
    """Return the agent's own switch. The company's switch is in `/settings`."""
    return GreetingsStatusResponse(
        enabled=agent_greets(scope_of(request.credential), agent_for(request, query.agent_id))
    )


@router.put(
    "/autopilot/greetings/status", response=GreetingsStatusResponse, summary="Update autopilot greetings status"
)
def update_greetings_status(
    request: ApiRequest, payload: GreetingsStatusRequest, query: Query[ByAgent]
) -> GreetingsStatusResponse:
    scope = scope_of(request.credential)
    agent = known_agent(company_id=scope.company_id, environment=scope.environment, external_id=query.agent_id)
    services.set_greetings_enabled(by=actor_of(request.credential), agent=agent, enabled=payload.enabled)
    return GreetingsStatusResponse(enabled=payload.enabled)
