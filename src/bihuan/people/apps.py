"""Django's registration of this room."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Accounts, units, posts, contacts."""

    name = "bihuan.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
