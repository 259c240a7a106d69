"""Django's registration of this room."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """The area tree."""

    name = "bihuan.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"
