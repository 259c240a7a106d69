"""How often one address may try something, counted in the cache that all workers share."""

from __future__ import annotations

import hashlib

from django.core.cache import cache
from django.http import HttpRequest

from bihuan.web.errors import TooMany


def limit(request: HttpRequest, what: str, *, most: int, seconds: int) -> None:
    """Count one try of ``what`` from this address; raises TooMany after ``most`` tries in ``seconds``.

    The key holds a digest, so that the cache never holds a list of who looked at what.
    """
    address = request.META.get("REMOTE_ADDR", "")
    key = "tries:" + hashlib.sha256(f"{what}|{address}".encode()).hexdigest()[:32]
    cache.add(key, 0, seconds)
    try:
        tries = cache.incr(key)
    except ValueError:  # it ran out between the two calls
        cache.set(key, 1, seconds)
        tries = 1
    if tries > most:
        raise TooMany(seconds)
