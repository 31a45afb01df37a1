"""Health checks of database and Redis. The API answers 200 for a failure, too (contract README section 5)."""

from __future__ import annotations

import logging

import redis
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from ninja import Router

from api.auth import KeyPair
from api.fields import ResponseSchema
from caching.clients import sync_client

logger = logging.getLogger(__name__)

router = Router(auth=KeyPair(""), tags=["Health"], by_alias=True)


class HealthResponse(ResponseSchema):
    health_check: str


def is_healthy() -> bool:
    """Return True if the database and Redis answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        sync_client().ping()
    except (DatabaseError, redis.RedisError) as error:
        logger.warning("health check failed", extra={"reason": type(error).__name__})
        return False
    return True


@router.get("/health", response=HealthResponse, summary="Check the API's health")
def health(request: HttpRequest) -> HealthResponse:  # noqa: ARG001
    return HealthResponse(healthCheck="SUCCESS" if is_healthy() else "FAILED")


def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer 200 or 503, without a key, for load balancers and supervisors."""
    if is_healthy():
        return HttpResponse("ok", content_type="text/plain")
    return HttpResponse("failed", content_type="text/plain", status=503)
