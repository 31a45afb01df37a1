from django.urls import path

from widget import views

urlpatterns = [
    path("chat/<slug:company>", views.chat, name="chat"),
    path("chat/<slug:company>/end", views.end, name="chat-end"),
    path("chat/<slug:company>/forget", views.forget, name="chat-forget"),
]
