"""The door for a web server: ``granian --interface wsgi bihuan.config.wsgi:application``."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from bihuan.config.bounds import Bounded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.config.settings")

if not (settings.ENVIRONMENT.secret_is_own or settings.ENVIRONMENT.development):
    raise ImproperlyConfigured("No signing key: run 'bihuan init', or set BIHUAN_SECRET.")

application = Bounded(get_wsgi_application())
