"""An opening that was sent before: its first answer, read with the first thing an opening reads, and nothing is written."""

from __future__ import annotations

import pytest

from bihuan.cases.errors import RequestReused
from bihuan.cases.models import Case
from bihuan.cases.services import open_case
from bihuan.cases.shapes import ContactIn
from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from bihuan.people.models import Contact
from tests.factories.matters import EAST_A, County, facts, found_matters

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def county(clock: object) -> County:
    return found_matters()


def test_its_first_answer_costs_no_more_than_reading_it(county: County, vendor: str) -> None:
    clerk, someone = county.actor("clerk"), ContactIn(name="王小明", phone="13800138000")
    first = open_case(actor=clerk, facts=facts(), request_id="one", area_code=EAST_A, contact=someone)
    before = Case.objects.count(), Entry.objects.count(), Contact.objects.count()
    with counted() as count:
        again = open_case(actor=clerk, facts=facts(), request_id="one", area_code=EAST_A, contact=someone)
    assert (again.number, again.tracking_code, again.replayed) == (first.number, first.tracking_code, True)
    assert len(count) == (3 if vendor == "postgresql" else 2), count
    assert not any(sql.startswith(("INSERT", "UPDATE", "WITH")) for sql in count.statements)
    assert (Case.objects.count(), Entry.objects.count(), Contact.objects.count()) == before
    with pytest.raises(RequestReused):
        open_case(actor=clerk, facts=facts(title="另一件事"), request_id="one", area_code=EAST_A, contact=someone)
    other = open_case(actor=county.actor("dispatcher"), facts=facts(), request_id="one", area_code=EAST_A)
    assert other.number != first.number, "another person's id is another request"
