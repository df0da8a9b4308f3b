"""The Django application config."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "config"

    def ready(self) -> None:
        """Connects the apps to each other, once all of them are loaded."""
        from config import checks
        from config.wiring import connect

        checks.register_all()
        connect()
