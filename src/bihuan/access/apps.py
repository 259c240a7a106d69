"""Django's registration of this room."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """May this actor, on which ones, who else."""

    name = "bihuan.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
