from django.apps import AppConfig


class ComposerConfig(AppConfig):
    name = "composer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say where this room holds personal data."""
        from accounts.personal_data import register
        from composer.personal_data import LOCATIONS

        register(LOCATIONS)
