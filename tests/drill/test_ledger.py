"""The ledger from end to end: the command finds what was done behind the product's back, and erased words break nothing.

That every kind of edit is found is proved entry by entry in ``tests/bihuan/ledger``; here the exit code is what counts.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drill.place import Place, founded

pytestmark = pytest.mark.drill

KEEP = "CREATE TABLE kept AS SELECT * FROM ledger_entry"
PUT_BACK = ("DELETE FROM ledger_entry", "INSERT INTO ledger_entry SELECT * FROM kept")
TAMPERINGS = {
    "another doer": "UPDATE ledger_entry SET account = account + 1 WHERE id = {middle}",
    "another fact": 'UPDATE ledger_entry SET facts = \'{{"kind": "praise"}}\' WHERE id = {middle}',
    "taken out": "DELETE FROM ledger_entry WHERE id = {middle}",
    "tail cut": "DELETE FROM ledger_entry WHERE id > {middle}",
}


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with founded() as one:
        one.inside("seed")
        yield one


def behind_its_back(place: Place, *statements: str) -> None:
    """Do it with the guards taken down and put back, and see that each statement did something."""
    assert all(place.inside("sql", given=list(statements)))


def test_erasing_breaks_nothing_and_tampering_is_found(place: Place) -> None:
    """Exit code 0 after words were erased, 1 after one entry was touched, 0 when it is as it was."""
    first, *_others = place.inside("open", given=4)
    assert place.inside("erase", given=first) > 0
    assert place.inside("anchor") > 0
    assert place.verify() == 0
    middle = place.inside("entries")[-3]
    behind_its_back(place, KEEP)
    for name, statement in TAMPERINGS.items():
        behind_its_back(place, *PUT_BACK, statement.format(middle=middle))
        assert place.verify() == 1, name
    behind_its_back(place, *PUT_BACK)
    assert place.verify() == 0
