"""Static files out of the installed package, with a stamp of their content in the address."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


@cache
def _stamp(name: str) -> str:
    found = finders.find(name)
    return hashlib.sha256(Path(str(found)).read_bytes()).hexdigest()[:12] if found else ""


class StampedFiles(StaticFilesStorage):
    """``{% static "web/base.css" %}`` gives ``/static/web/base.css?v=<digest>``: a changed file has a new address."""

    def url(self, name: str | None) -> str:
        """The address of one file; no stamp while developing, when files change under a running server."""
        address = super().url(name)
        stamp = "" if settings.DEBUG or not name else _stamp(name)
        return f"{address}?v={stamp}" if stamp else address
