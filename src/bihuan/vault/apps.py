"""Django's registration of this room."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Encryption, keyed hashes, masks."""

    name = "bihuan.vault"
    label = "vault"
    default_auto_field = "django.db.models.BigAutoField"
