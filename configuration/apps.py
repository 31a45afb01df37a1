from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ConfigurationConfig(AppConfig):
    name = "configuration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load what each app declares: its settings, and what happens when one of them changes."""
        autodiscover_modules("setting_declarations", "setting_effects")
