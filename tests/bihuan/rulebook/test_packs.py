"""A published version stays what it is; publishing it again changes nothing; the same number with other rules is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from bihuan.config.statements import counted
from bihuan.ledger.selectors import records
from bihuan.packs import Pack, digest, load
from bihuan.rulebook import selectors
from bihuan.rulebook.errors import NotPublished, VersionTaken
from bihuan.rulebook.models import PackVersion
from bihuan.rulebook.services import publish
from bihuan.rules.terms import Doer

pytestmark = pytest.mark.django_db
AT = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
BY = Doer(kind="staff", account=2, unit=1, post="system_admin")


@pytest.fixture(scope="module")
def xiangyin() -> Pack:
    """The shipped pack."""
    return load("xiangyin")


def _changed(pack: Pack, **parts: object) -> Pack:
    changed = replace(pack, **parts)  # type: ignore[arg-type]
    return replace(changed, digest=digest(changed))


def test_published_once_and_read_back_the_same(xiangyin: Pack) -> None:
    with pytest.raises(NotPublished):
        selectors.current_pack()
    assert publish(xiangyin, BY, AT, approved_by=3)
    assert not publish(xiangyin, BY, AT + timedelta(days=1))
    (row,) = selectors.versions()
    assert row == ("xiangyin", xiangyin.version, xiangyin.digest, AT, 2, 3)
    selectors._packs.clear()
    assert selectors.pack(xiangyin.digest) == xiangyin
    assert [(line.stream, line.kind, line.facts["digest"]) for line in records(prefix="pack:")] == [
        ("pack:xiangyin", "pack_published", xiangyin.digest)
    ]


def test_a_version_with_other_rules_is_refused(xiangyin: Pack) -> None:
    publish(xiangyin, BY, AT)
    with pytest.raises(VersionTaken):
        publish(_changed(xiangyin, title="别的"), BY, AT)
    assert len(selectors.versions()) == 1


def test_the_version_published_last_is_in_force(xiangyin: Pack) -> None:
    publish(xiangyin, BY, AT)
    newer = _changed(xiangyin, version="2099.1", title="新的")
    publish(newer, BY, AT + timedelta(days=1))
    assert selectors.current_pack() == selectors.current_pack("xiangyin") == newer
    assert selectors.pack(xiangyin.digest) == xiangyin  # a case keeps its version
    with pytest.raises(NotPublished):
        selectors.current_pack("hanyin")
    with pytest.raises(NotPublished):
        selectors.pack("0" * 64)


def test_a_pack_is_read_from_the_database_once(xiangyin: Pack) -> None:
    publish(xiangyin, BY, AT)
    selectors.pack(xiangyin.digest)
    with counted() as count:
        selectors.pack(xiangyin.digest)
    assert len(count) == 0
    with counted() as count:
        selectors.current_pack()
    assert len(count) == 1


def test_a_published_row_is_never_edited(xiangyin: Pack) -> None:
    publish(xiangyin, BY, AT)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        PackVersion.objects.update(version="x")
