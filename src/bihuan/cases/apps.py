"""Django's registration of this room."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """The case, its threads and the one door."""

    name = "bihuan.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A newly loaded calendar year moves the limits of open cases."""
        from bihuan.cases.rebuilding import recompute_open  # noqa: PLC0415 - tables exist only once rooms are registered
        from bihuan.rulebook.services import on_calendar_loaded  # noqa: PLC0415

        on_calendar_loaded("cases", recompute_open)
