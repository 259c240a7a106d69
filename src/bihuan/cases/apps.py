"""Django's registration of this room."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """The case, its threads and the one door."""

    name = "bihuan.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
