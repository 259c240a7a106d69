"""A county, and codes of an authenticator app."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal import auth

from tests.factories.organisation import County, found_county


@pytest.fixture
def county() -> County:
    return found_county()


class App:
    """An authenticator app whose time stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000

    def code(self, secret: str, ahead: int = 0) -> str:
        """The six digits of now, or of so many half minutes later."""
        return auth.format_hotp_value(auth.hotp_value(secret, self.now // 30 + ahead))

    def wait(self, seconds: int = 30) -> None:
        """Let time pass, for the product too."""
        self.now += seconds


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> App:
    made = App()
    clock: Callable[[], float] = lambda: made.now  # noqa: E731
    monkeypatch.setattr(auth.time, "time", clock)
    return made
