"""A cap on passwords being hashed side by side: argon2 takes 100 MB and a core each, and a burst would starve everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from django.contrib.auth.hashers import make_password
from django.utils.crypto import get_random_string

from bihuan.access.policy import policy


class Busy(Exception):
    """Too many passwords are being checked; the answer is 503 with Retry-After. ``retry_after``: seconds."""

    def __init__(self) -> None:
        """Read the seconds from the policy."""
        super().__init__("too many passwords at once")
        self.retry_after = int(policy().retry_after.total_seconds())


@cache
def _slots(number: int) -> BoundedSemaphore:
    return BoundedSemaphore(number)


@contextmanager
def hashing_slot() -> Iterator[None]:
    """Hold one of the process's few places for hashing. Raises Busy when none gets free in time."""
    slots = _slots(policy().hashes_at_once)
    if not slots.acquire(timeout=policy().hash_wait.total_seconds()):
        raise Busy
    try:
        yield
    finally:
        slots.release()


def burn_a_hash() -> None:
    """Take as long as checking a password does, and learn nothing: an unknown name must not answer faster."""
    make_password(get_random_string(16))
