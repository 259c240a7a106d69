"""Django's registration of this room."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Notices in the page."""

    name = "bihuan.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"
