"""Found values are kept sealed under a reference, opened, found again by value, erased when due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from bihuan.config.statements import counted
from bihuan.vault import keys, renewing, services
from bihuan.vault.free_text import Found, hide
from bihuan.vault.models import VaultItem
from bihuan.vault.renewing import Page, renew
from bihuan.vault.sealing import is_stale, seal

pytestmark = pytest.mark.django_db
AT = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
TEXT = "请打13800001111或0730-2221234,身份证43062419900307123X"


def test_kept_in_one_statement_and_opened_in_order() -> None:
    _, found = hide(TEXT)
    with counted() as count:
        services.keep("words:1", found, at=AT)
    assert len(count) == 1
    assert services.held("words:1") == found
    assert services.held("words:2") == []
    with counted() as count:
        services.keep("words:3", [], at=AT)
    assert len(count) == 0


def test_nothing_stands_in_the_clear() -> None:
    services.keep("words:1", hide(TEXT)[1], at=AT)
    for row in VaultItem.objects.values():
        assert not any(digits in repr(row) for digits in ("13800001111", "07302221234", "43062419900307"))


def test_found_again_by_value() -> None:
    services.keep_many([("words:1", hide(TEXT)[1]), ("words:2", [Found("phone", "13800001111")])], at=AT)
    assert services.refs_with("138-0000-1111", "phone") == ["words:1", "words:2"]
    assert services.refs_with("43062419900307123x", "id_no") == ["words:1"]
    assert services.refs_with("13900001111", "phone") == []


def test_erased_on_request_and_when_due() -> None:
    services.keep("words:1", hide(TEXT)[1], at=AT, keep_until=AT + timedelta(days=30))
    services.keep("words:2", hide(TEXT)[1], at=AT)
    assert services.erase_due(at=AT + timedelta(days=29)) == 0
    assert services.erase_due(at=AT + timedelta(days=30)) == 3
    assert services.erase("words:2", at=AT) == 3
    assert services.erase("words:2", at=AT) == 0
    assert services.held("words:1") == services.held("words:2") == services.refs_with("13800001111", "phone") == []
    assert {(bytes(row.sealed), row.keyed_hash) for row in VaultItem.objects.all()} == {(b"", "")}
    assert VaultItem.objects.filter(erased_at=None).count() == 0


def test_sealed_anew_with_the_newest_key(tmp_path: Path, settings: Any) -> None:
    settings.KEYS = tmp_path / "keys"
    keys.create()
    assert services.can_open()
    found = hide(TEXT)[1]
    services.keep("words:1", found, at=AT)
    keys.add_key()
    services.keep("words:2", found, at=AT)
    (column,) = services.SEALED
    page = renew(column, limit=2)
    assert page.renewed == 2
    assert renew(column, after=page.last, limit=2) == Page(last=0, renewed=1)
    assert renew(column) == Page(last=0, renewed=0)
    assert not any(is_stale(bytes(sealed)) for sealed in VaultItem.objects.values_list("sealed", flat=True))
    keys.drop_key(1)
    assert services.held("words:1") == found
    assert services.can_open()
    keys.key_file().unlink()
    keys.create()
    assert not services.can_open()


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_while_values_are_looked_for_and_sealed(tmp_path: Path, settings: Any) -> None:
    """In the transaction, which others wait for, values are written and nothing else; where none is old there is none."""
    settings.KEYS = tmp_path / "keys"
    keys.create()
    services.keep("words:1", hide(TEXT)[1], at=AT)
    keys.add_key()
    inside: list[tuple[str, bool]] = []

    def see(run: Any, sql: str, *given: Any) -> Any:
        inside.append((sql.split()[0], connection.in_atomic_block))
        return run(sql, *given)

    (column,) = services.SEALED
    with connection.execute_wrapper(see):
        assert renew(column).renewed == 3
        assert renew(column).renewed == 0
    seen = [one for one in inside if one[0] in ("SELECT", "UPDATE")]
    assert seen == [("SELECT", False), ("UPDATE", True), ("SELECT", False)]
    assert not [one for one in inside if one[1] and one[0] != "UPDATE"]


@pytest.mark.django_db
def test_a_value_replaced_meanwhile_is_left_as_it_is_now(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KEYS = tmp_path / "keys"
    keys.create()
    services.keep("words:1", hide(TEXT)[1], at=AT)
    keys.add_key()
    first, *_others = VaultItem.objects.order_by("pk").values_list("pk", flat=True)

    def meanwhile(opened: str, *, field: str) -> bytes:
        VaultItem.objects.filter(pk=first).update(sealed=b"new")
        return seal(opened, field=field)

    monkeypatch.setattr(renewing, "seal", meanwhile)
    assert renew(services.SEALED[0]).renewed == 2
    assert bytes(VaultItem.objects.get(pk=first).sealed) == b"new"
