"""Django's registration of this room."""

from django.apps import AppConfig


class BoundariesConfig(AppConfig):
    """Areas redrawn as recorded jobs."""

    name = "bihuan.boundaries"
    label = "boundaries"
    default_auto_field = "django.db.models.BigAutoField"
