"""Which tests run on both databases: all but those that no database can change.

A test without the mark ``django_db`` and without the fixtures below cannot reach the database in its own process (pytest
refuses it); the places named here start no other process that has one.
"""

from __future__ import annotations

import pytest

PURE = (
    "tests/house/", "tests/bihuan/rules/", "tests/bihuan/packs/", "tests/bihuan/papers/test_papers.py",
    *(f"tests/bihuan/exchange/test_{name}.py" for name in ("cells", "columns", "messages", "plain_rows", "refused_rows")),
    *(f"tests/bihuan/exchange/test_{name}.py" for name in ("texts", "workbook")), "tests/bihuan/files/test_kinds.py",
    *(f"tests/bihuan/play/test_{name}.py" for name in ("between", "browser", "full_size", "sample", "script", "told")),
    *(f"tests/bihuan/vault/test_{name}.py" for name in ("free_text", "mask", "sealing")),
    *(f"tests/bihuan/web/test_{name}.py" for name in ("dates", "forms", "look", "moments", "opening", "qr")),
)  # fmt: skip
"""Folders and files: of their tests that ask for no database one run is enough."""
ASKS = frozenset({"db", "transactional_db", "live_server", "world", "vendor"})
"""Fixtures by which a test asks for a database, beside its mark."""


def runs_on_both(item: pytest.Item) -> bool:
    """False for what one run is enough for: marked ``once``, or among the places above and asking for no database."""
    if item.get_closest_marker("once"):
        return False
    asks = item.get_closest_marker("django_db") is not None or not ASKS.isdisjoint(getattr(item, "fixturenames", ()))
    return asks or not item.nodeid.startswith(PURE)
