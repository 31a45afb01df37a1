from django.urls import path, register_converter

from composer import views


class UlidConverter:
    """An id as `accounts.ids` makes them: 26 capital letters and digits."""

    regex = "[0-9A-Z]{26}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(UlidConverter, "ulid")

urlpatterns = [
    path("", views.home, name="home"),
    path("conversations/<ulid:conversation_id>", views.conversation, name="conversation"),
]
