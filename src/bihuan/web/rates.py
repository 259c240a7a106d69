"""How often one address may try something, counted in the cache that all workers share."""

from __future__ import annotations

import ipaddress

from django.core.cache import cache
from django.http import HttpRequest

from bihuan.vault import keyed_hash
from bihuan.web.errors import TooMany


def network(address: str) -> str:
    """Whom an address stands for: of IPv6 the /64 that one connection is given, else 2^64 addresses are so many clients."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return address
    return str(known.ipv4_mapped or ipaddress.IPv6Network((known, 64), strict=False))


def limit(request: HttpRequest, what: str, *, most: int, seconds: int) -> None:
    """Count one try of ``what`` from this address; raises TooMany after ``most`` tries in ``seconds``.

    The key holds a keyed hash, so that the cache never holds a list of who looked at what.
    """
    address = request.META.get("REMOTE_ADDR", "")
    key = "tries:" + keyed_hash(f"{what}|{network(address)}", "exact")[:32]
    cache.add(key, 0, seconds)
    try:
        tries = cache.incr(key)
    except ValueError:  # it ran out between the two calls
        cache.set(key, 1, seconds)
        tries = 1
    if tries > most:
        raise TooMany(seconds)
