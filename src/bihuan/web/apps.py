"""Django's registration of this room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """What faces share."""

    name = "bihuan.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
