"""Django's registration of this room."""

from django.apps import AppConfig


class RulebookConfig(AppConfig):
    """Published pack versions, calendar years, paper numbers."""

    name = "bihuan.rulebook"
    label = "rulebook"
    default_auto_field = "django.db.models.BigAutoField"
