"""Django's registration of this room."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Reports taken in, service records."""

    name = "bihuan.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"
