"""Days as people list them in a form."""

from __future__ import annotations

import pytest

from bihuan.web.dates import listed_dates


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("2026-09-01", ["2026-09-01"]),
        ("2026-09-01\n\n 2027-03-01 ", ["2026-09-01", "2027-03-01"]),
        ("2026-09-01；2026-10-01", ["2026-09-01", "2026-10-01"]),
        ("2026-09-01 yearly 3", ["2026-09-01", "2027-09-01", "2028-09-01"]),
        ("2026-09-01，每年3次", ["2026-09-01", "2027-09-01", "2028-09-01"]),
        ("2026-01-31 每月 3次", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("2026-11-30 每季2次\n2026-01-05", ["2026-11-30", "2027-02-28", "2026-01-05"]),
        ("2028-02-29 yearly 2", ["2028-02-29", "2029-02-28"]),
    ],
)
def test_lists_and_series(typed: str, days: list[str]) -> None:
    assert listed_dates(typed) == days


@pytest.mark.parametrize(
    "typed", ["", "soon", "2026-13-01", "2026-09-01 weekly 3", "2026-09-01 每年0次", "2026-09-01 每年61次", "09-01"]
)
def test_what_cannot_be_read_is_no_list(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        listed_dates(typed)
