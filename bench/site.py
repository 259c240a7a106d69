"""The product as it is served, and beside it the floor of HTTP intake: a signed-in page with nothing on it.

Settings and addresses in one module: ``DJANGO_SETTINGS_MODULE=bench.site``.
"""

from __future__ import annotations

from bihuan.config.settings import *  # noqa: F403 - everything as the product has it
from bihuan.config.settings import ENVIRONMENT  # noqa: F401 - read by the product's wsgi module

ROOT_URLCONF = "bench.addresses"
