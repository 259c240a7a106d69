"""Paper numbers are drawn without a gap and without a double, also by many at once."""

from __future__ import annotations

import random
import threading

import pytest
from django.db import connection, transaction

from bihuan.config.statements import counted
from bihuan.rulebook.selectors import numbers_drawn
from bihuan.rulebook.services import next_number, next_numbers


@pytest.mark.django_db
def test_each_kind_and_period_counts_for_itself() -> None:
    with counted() as count:
        assert next_number("case", "2026") == 1
    assert len(count) == 1
    assert [next_number("case", "2026"), next_number("case", "2027"), next_number("order", "2026")] == [2, 1, 1]
    assert next_numbers("case", "2026", 10) == 3
    assert next_number("case", "2026") == 13
    assert numbers_drawn("case") == {"2026": 13, "2027": 1}


@pytest.mark.django_db
def test_a_rollback_gives_the_number_back() -> None:
    next_number("case", "2026")
    point = transaction.savepoint()
    assert next_number("case", "2026") == 2
    transaction.savepoint_rollback(point)
    assert next_number("case", "2026") == 2


@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_no_gap() -> None:
    kept: list[int] = []
    faults: list[BaseException] = []

    def draw(seed: int) -> None:
        rng = random.Random(seed)
        try:
            for _ in range(25):
                with transaction.atomic():
                    number = next_number("case", "2026")
                    if rng.random() < 0.3:
                        transaction.set_rollback(True)
                    else:
                        kept.append(number)
        except BaseException as fault:  # noqa: BLE001 - shown below
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=draw, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert sorted(kept) == list(range(1, len(kept) + 1))
