"""Django's registration of this room."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RulebookConfig(AppConfig):
    """Published pack versions, calendar years, paper numbers."""

    name = "bihuan.rulebook"
    label = "rulebook"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A database that has just got its tables gets its calendar too."""
        post_migrate.connect(_seed, sender=self, dispatch_uid="bihuan.rulebook.seed")


def _seed(**_: object) -> None:
    from bihuan.rulebook.seeds import seed_calendar_years  # noqa: PLC0415 - tables can be imported only now

    seed_calendar_years()
