from django.urls import path

from composer.desk.socket.consumers import DeskConsumer

websocket_urlpatterns = [path("desk/socket", DeskConsumer.as_asgi())]
