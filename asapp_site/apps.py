from django.apps import AppConfig


class AsappSiteConfig(AppConfig):
    name = "asapp_site"
    default_auto_field = "django.db.models.BigAutoField"
