from django.urls import path, register_converter

from composer.desk.pages import control_views, dashboard_views, desk_views, palette_views, settings_views


class UlidConverter:
    """An id as `accounts.ids` makes them: 26 capital letters and digits."""

    regex = "[0-9A-Z]{26}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class SourceConverter:
    """The agent's own list or the company's."""

    regex = "custom|global"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(UlidConverter, "ulid")
register_converter(SourceConverter, "source")

SIDE = "desk/conversations/<ulid:conversation_id>"

urlpatterns = [
    path("", dashboard_views.home, name="home"),
    path("conversations/<ulid:conversation_id>", dashboard_views.conversation, name="conversation"),
    path("desk", desk_views.desk, name="desk"),
    path(f"{SIDE}/earlier", desk_views.earlier, name="desk-earlier"),
    path(f"{SIDE}/responses/<source:source>", desk_views.responses, name="desk-responses"),
    path(f"{SIDE}/responses/add", desk_views.response, name="desk-add-response"),
    path(f"{SIDE}/responses/<ulid:key>/change", desk_views.response, name="desk-change-response"),
    path(f"{SIDE}/responses/<ulid:key>/delete", desk_views.remove_response, name="desk-delete-response"),
    path(f"{SIDE}/folders/add", desk_views.add_folder, name="desk-add-folder"),
    path(f"{SIDE}/folders/<ulid:key>/delete", desk_views.remove_folder, name="desk-delete-folder"),
    path(f"{SIDE}/autopilot", desk_views.autopilot, name="desk-autopilot"),
    path(f"{SIDE}/customer", desk_views.customer, name="desk-customer"),
    path(f"{SIDE}/notes", desk_views.notes, name="desk-notes"),
    path(f"{SIDE}/earlier/<ulid:earlier_id>", desk_views.read_earlier, name="desk-read-earlier"),
    path("desk/find", palette_views.find, name="desk-find"),
    path("desk/settings", settings_views.settings, name="desk-settings"),
    path("desk/settings/greeting", settings_views.greeting, name="desk-settings-greeting"),
    path("desk/settings/dictionary", settings_views.add_dictionary_word, name="desk-settings-add-word"),
    path("desk/settings/dictionary/remove", settings_views.remove_dictionary_word, name="desk-settings-remove-word"),
    path("desk/status", control_views.status, name="desk-status"),
    path("desk/queue", control_views.queue, name="desk-queue"),
    path("desk/past", control_views.past, name="desk-past"),
    path("desk/past/<str:conversation_id>", control_views.read_past, name="desk-read-past"),
    path(f"{SIDE}/take", control_views.take_conversation, name="desk-take"),
    path(f"{SIDE}/transfer", control_views.transfer, name="desk-transfer"),
    path(f"{SIDE}/end", control_views.end, name="desk-end"),
    path(f"{SIDE}/time-out", control_views.time_out_customer, name="desk-time-out"),
]
