"""Django's registration of this room."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


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
        """Guard each new connection."""
        connection_created.connect(_replacing_is_deleting, dispatch_uid="bihuan.ledger.replacing")
