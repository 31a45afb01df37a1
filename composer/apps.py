from django.apps import AppConfig


class ComposerConfig(AppConfig):
    name = "composer"
    default_auto_field = "django.db.models.BigAutoField"
