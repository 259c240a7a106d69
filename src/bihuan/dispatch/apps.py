"""Django's registration of this room."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """How assignments went, suggestions for new matters."""

    name = "bihuan.dispatch"
    label = "dispatch"
    default_auto_field = "django.db.models.BigAutoField"
