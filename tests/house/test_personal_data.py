"""Every column that can hold words is registered: as personal data with purpose, ground and retention, or as none, and why."""

from __future__ import annotations

import msgspec
import pytest

from bihuan.safekeeping import personal, tables
from tests.house import source

PAGE = source.ROOT / "docs" / "personal-data.md"
HOW = "decide on it in src/bihuan/safekeeping/personal.toml, then run: python -m tests.house.test_personal_data"


def test_every_column_is_decided_on() -> None:
    assert personal.undecided(personal.columns(), personal.register()) == [], HOW


def test_a_new_column_is_seen() -> None:
    """The control: a column that nobody decided on, one that is gone, one that stands twice."""
    told, there = personal.register(), personal.columns()
    assert personal.undecided(there | {"care_plan.diagnosis"}, told) == ["care_plan.diagnosis"]
    assert personal.undecided(there - {"people_account.name"}, told) == ["-people_account.name"]
    again = msgspec.structs.replace(told, free=(*told.free, personal.Free(("people_account.name",), "no reason")))
    assert personal.undecided(there, again) == ["people_account.name twice"]


def test_every_entry_says_why_on_which_ground_and_for_how_long() -> None:
    told = personal.register()
    assert all(one.fields and one.purpose and one.basis and one.kept for one in told.held)
    assert all(one.fields and one.why for one in told.free)


TECHNICAL = ("掩码", "摘要", "密文", "解密", "字段", "哈希", "hash", "digest", "mask", "column", "table")


def not_plain(told: personal.Register) -> list[str]:
    """What is held on residents and is not told to them in plain words of both languages."""
    found = []
    for one in told.held:
        words = (one.said.zh, one.said.en) if one.said else ()
        if one.of_residents and (len(words) != 2 or not all(words) or any(hard in each for each in words for hard in TECHNICAL)):
            found.append(one.fields[0])
    return found


def test_residents_are_told_in_plain_words() -> None:
    told = personal.register()
    assert not_plain(told) == []
    first = told.held[0]
    for said in (None, personal.Said("各页面上显示的掩码", "shown"), personal.Said("用来答复", "")):
        spoilt = msgspec.structs.replace(told, held=(msgspec.structs.replace(first, said=said), *told.held[1:]))
        assert not_plain(spoilt) == [first.fields[0]], "the control"


def test_sealed_columns_are_sealed_and_session_columns_stay_out_of_archives() -> None:
    told = personal.register()
    sealed = {field for one in told.held if one.form == "sealed" for field in one.fields}
    assert {field for field in personal.columns() if field.endswith("_sealed")} <= sealed
    kept = {table.name for table in tables.tables()}
    for one in told.held:
        if one.form == "session":
            assert not {field.partition(".")[0] for field in one.fields} & kept


def test_the_page_is_the_register() -> None:
    assert PAGE.read_text("utf-8") == personal.page(personal.register()), HOW


def test_every_table_is_kept_in_archives_or_left_out_for_a_reason() -> None:
    """Also that every type of column can be written: an unknown one raises KeyError."""
    kept = tables.tables()
    assert {"cases_case", "ledger_entry", "people_contact", "files_attachment"} <= {table.name for table in kept}
    assert all(tables.LEFT_OUT.values())
    with pytest.raises(KeyError):
        tables.kind_of(_Odd())  # type: ignore[arg-type]


class _Odd:
    def get_internal_type(self) -> str:
        return "HStoreField"


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.config.settings")
    django.setup()
    PAGE.write_text(personal.page(personal.register()), "utf-8")
