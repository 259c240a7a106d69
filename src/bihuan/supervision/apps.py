"""Django's registration of this room."""

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    """Supervision letters and circulars."""

    name = "bihuan.supervision"
    label = "supervision"
    default_auto_field = "django.db.models.BigAutoField"
