from django.urls import path

from api import error_handlers  # noqa: F401 registers them
from api.app import api
from api.autocompose import autopilot, lists, views
from api.conversation.views import router as conversation_router
from api.health import healthz
from api.health import router as health_router

api.add_router("/conversation/v1", conversation_router)
api.add_router("/autocompose/v1", views.router)
api.add_router("/autocompose/v1", lists.router)
api.add_router("/autocompose/v1", autopilot.router)
api.add_router("/v1", health_router)

urlpatterns = [path("healthz", healthz, name="healthz"), path("", api.urls)]
