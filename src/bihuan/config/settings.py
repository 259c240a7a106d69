"""Settings of one jurisdiction's processes, read from the environment."""

from __future__ import annotations

import os
from pathlib import Path

DATA = Path(os.environ.get("BIHUAN_DATA", "bihuan-data")).resolve()
SECRET_KEY = os.environ.get("BIHUAN_SECRET", "development-only")
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
ROOT_URLCONF = "bihuan.config.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "django_htmx",
    *(
        f"bihuan.{room}"
        for room in (
            "ledger", "vault", "rulebook", "places", "people", "access",
            "cases", "intake", "web", "desk", "portal",
        )
    ),
]  # fmt: skip
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA / "db.sqlite3"}}
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "zh-hans"
AUTH_USER_MODEL = "people.Account"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
STATIC_URL = "/static/"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "bihuan.web.context.page"],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
MIDDLEWARE = [
    "bihuan.web.csp.SafeHeaders",
    "django.middleware.csrf.CsrfViewMiddleware",
    "bihuan.web.language.LanguageOfPerson",
]
CSRF_COOKIE_HTTPONLY = True
