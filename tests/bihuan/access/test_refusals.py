"""Who asks for what their post has no duty for is refused, and it is entered: who, what, when; never twice in a moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError

from bihuan.access import refusals
from bihuan.flows.retention import LEAST_KEPT
from bihuan.flows.worker import tidy
from bihuan.ledger.models import Entry
from tests.factories.matters import County, found_matters, opened
from tests.factories.visits import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def county(clock: object) -> County:
    cache.clear()
    return found_matters()


def entered() -> list[dict[str, Any]]:
    return [one.facts for one in Entry.objects.filter(kind="access_refused").order_by("id")]


def test_asking_without_the_duty_is_entered(county: County) -> None:
    case_id = opened(county.actor("clerk")).case_id
    officer = visitor(county, "officer")
    assert officer.post("/desk/import").status_code == 403
    assert officer.post(f"/desk/case/{case_id}/slip").status_code == 403
    first, second = Entry.objects.filter(kind="access_refused").order_by("id")
    assert first.facts == {"where": "desk/import", "method": "POST", "case": 0}
    assert second.facts == {"where": "desk/case/<int:case_id>/slip", "method": "POST", "case": case_id}
    assert (first.account, first.post, first.stream) == (
        county.accounts["officer"], "officer", f"refused:{county.accounts['officer']}",
    )  # fmt: skip
    page = visitor(county, "auditor").get("/desk/ledger").content.decode()
    assert page.count("要求办理本岗位无权办理的事") == 2


def test_nobody_floods_the_ledger(county: County, clock: Any) -> None:
    """The same thing asked for again is entered once; another matter, another post, a while later: again."""
    officer = visitor(county, "officer")
    for _ in range(5):
        assert officer.get("/desk/import").status_code == 403
    assert len(entered()) == 1
    assert visitor(county, "liaison").get("/desk/import").status_code == 403
    assert len(entered()) == 2
    cache.clear()  # ten minutes later
    assert officer.get("/desk/import").status_code == 403
    assert len(entered()) == 3


def test_what_is_admitted_or_asked_by_nobody_is_not_entered(county: County) -> None:
    """The control."""
    assert visitor(county, "dispatcher").get("/desk/import").status_code == 200
    assert visitor(county).get("/desk/import").status_code == 302
    assert visitor(county, "officer").get("/desk/no-such-page").status_code == 404
    assert entered() == []


def test_who_is_refused_stays_refused_when_nothing_can_be_kept(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OperationalError("full")

    monkeypatch.setattr(refusals, "record", full)
    assert visitor(county, "officer").get("/desk/import").status_code == 403
    assert entered() == []


@pytest.mark.django_db(transaction=True)
def test_it_is_kept_as_long_as_the_law_asks(county: County, clock: Any) -> None:
    visitor(county, "officer").get("/desk/import")
    clock.advance(LEAST_KEPT + timedelta(days=1))
    tidy()
    assert len(entered()) == 1
