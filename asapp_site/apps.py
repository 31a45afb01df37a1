from django.apps import AppConfig


class AsappSiteConfig(AppConfig):
    name = "asapp_site"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import asapp_site.celery  # tasks that a web process starts must know the desk's own broker
        import asapp_site.checks  # noqa: F401 registers the system checks
