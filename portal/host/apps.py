from django.apps import AppConfig


class HostConfig(AppConfig):
    name = "portal.host"
    label = "host"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.host import tokens  # noqa: F401  registers what plugins provide
