"""Django's registration of this room."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from bihuan.ledger import clock


def _replacing_is_deleting(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Let INSERT OR REPLACE fire the DELETE trigger too; SQLite leaves it out unless told."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers = ON")


class LedgerConfig(AppConfig):
    """The append-only ledger, the outbox and request ids."""

    name = "bihuan.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard each new connection; let a demonstration's time lie behind the machine's (CLOCK_BEHIND, seconds)."""
        if settings.CLOCK_BEHIND:
            clock.set_clock(clock.behind(timedelta(seconds=settings.CLOCK_BEHIND)))
        connection_created.connect(_replacing_is_deleting, dispatch_uid="bihuan.ledger.replacing")
