"""Django's registration of this room."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The resident's pages."""

    name = "bihuan.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"
