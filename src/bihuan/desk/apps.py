"""Django's registration of this room."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The office's screens."""

    name = "bihuan.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"
