"""The e-mail tables of django-allauth, which its second factor imports: installed with their migrations, never used."""

from __future__ import annotations

from django.apps import AppConfig


class UnusedTables(AppConfig):
    """``allauth.account`` without its middleware, signals and addresses: sign-in is ours."""

    name = "allauth.account"
    label = "account"
    default_auto_field = "django.db.models.AutoField"
