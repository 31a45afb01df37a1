from django.apps import AppConfig


class AssignmentsConfig(AppConfig):
    name = "assignments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say where this room holds personal data."""
        from accounts.personal_data import register
        from assignments.personal_data import LOCATIONS

        register(LOCATIONS)
