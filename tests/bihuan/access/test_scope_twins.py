"""Scope says the same in SQL and of one object, whatever the areas, units and cases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.access.scope import as_q
from bihuan.cases.models import Case, Involved, Thread
from bihuan.people.models import Unit
from bihuan.places.models import Area, level_codes
from bihuan.rules.scope import Scope, Subject, covers

pytestmark = pytest.mark.django_db

CODES = ["990101", "990102"]
CODES += [f"{code}00{n}" for code in CODES for n in (1, 2)]
CODES += [f"{code}20{n}" for code in CODES[2:6] for n in (1, 2)]
CODES += [f"{code}001" for code in CODES[6:]]
UNITS = 6
ACCOUNTS = 4
code = st.sampled_from(CODES)
odd_code = st.one_of(code, st.sampled_from(["", "99", "9901010", "990101001201001"]))
unit = st.integers(0, UNITS)
account = st.integers(0, ACCOUNTS)
subjects = st.builds(
    Subject,
    area_code=code,
    holder_units=st.lists(st.integers(1, UNITS), max_size=3, unique=True).map(tuple),
    about_unit=unit,
    about_account=account,
)
scopes = st.builds(
    Scope,
    area_codes=st.lists(odd_code, max_size=3).map(tuple),
    units=st.lists(unit, max_size=3).map(tuple),
    chain=st.lists(unit, max_size=4).map(tuple),
    account=account,
    instead_of=account,
    everything=st.booleans(),
)


@pytest.fixture
def units() -> list[int]:
    """Real rows for the units 1..6, for the foreign key of Involved; their numbers in order."""
    area = Area.objects.create(code="990101", level="county", name="云溪县", **level_codes("990101"))
    return [Unit.objects.create(key=f"u{n}", kind="office", name=str(n), area=area).pk for n in range(1, UNITS + 1)]


def _store(number: int, subject: Subject, units: list[int], area: int) -> int:
    case = Case.objects.create(
        number=str(number), tracking_hash=str(number), tracking_sealed=b"", procedure="matter", pack_digest="0", area_id=area,
        area_code=subject.area_code, about_unit_id=_real(subject.about_unit, units), about_account_id=subject.about_account,
        opened_at=datetime(2026, 10, 12, tzinfo=UTC), **level_codes(subject.area_code),
    )  # fmt: skip
    Involved.objects.bulk_create(Involved(case=case, unit_id=_real(held, units)) for held in subject.holder_units)
    Thread.objects.create(case=case, name="main", kind="main", state="s", version=1, entered_at=case.opened_at)
    return case.pk


def _real(number: int, units: list[int]) -> int:
    return units[number - 1] if number else 0


def _with_real_units(scope: Scope, units: list[int]) -> Scope:
    return Scope(
        area_codes=scope.area_codes,
        units=tuple(_real(number, units) for number in scope.units),
        chain=tuple(_real(number, units) for number in scope.chain),
        account=scope.account,
        instead_of=scope.instead_of,
        everything=scope.everything,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subjects=st.lists(subjects, min_size=1, max_size=8), scopes=st.lists(scopes, min_size=1, max_size=8))
def test_sql_and_its_twin_agree(units: list[int], subjects: list[Subject], scopes: list[Scope]) -> None:
    Thread.objects.all().delete()
    Involved.objects.all().delete()
    Case.objects.all().delete()
    area = Area.objects.values_list("pk", flat=True).get()
    stored = {_store(number, subject, units, area): subject for number, subject in enumerate(subjects)}
    for scope in scopes:
        wanted = {pk for pk, subject in stored.items() if covers(scope, subject)}
        condition = as_q(_with_real_units(scope, units), Involved.objects.all())
        assert set(Case.objects.filter(condition).values_list("pk", flat=True)) == wanted, scope
        through = as_q(_with_real_units(scope, units), Involved.objects.all(), prefix="case__")
        assert set(Thread.objects.filter(through).values_list("case_id", flat=True)) == wanted, scope
