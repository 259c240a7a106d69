"""Django's registration of this room."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Attachments: rows here, bytes in the folder of files."""

    name = "bihuan.files"
    label = "files"
    default_auto_field = "django.db.models.BigAutoField"
