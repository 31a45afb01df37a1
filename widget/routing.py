from django.urls import path

from widget.consumers import ChatConsumer

websocket_urlpatterns = [path("chat/<slug:company>/socket", ChatConsumer.as_asgi())]
