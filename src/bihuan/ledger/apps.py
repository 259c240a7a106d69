"""Django's registration of this room."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The append-only ledger, the outbox and request ids."""

    name = "bihuan.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
