"""A test with real transactions leaves a database as migrating made it, with its guards standing."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction

from bihuan.ledger.models import Entry
from bihuan.rulebook.models import CalendarYear
from tests.databases.emptying import emptied
from tests.factories.matters import brought_to, found_matters

pytestmark = pytest.mark.django_db(transaction=True)


def standing() -> dict[str, int]:
    """How many rows stand in each table that holds any."""
    counted = {model._meta.db_table: model._base_manager.count() for model in apps.get_models() if model._meta.managed}
    return {table: n for table, n in counted.items() if n}


def test_nothing_stands_but_what_migrating_put_there(clock: Any) -> None:
    before = standing()
    assert before.keys() == {"auth_permission", "django_content_type", "rulebook_calendaryear"}
    brought_to(found_matters(), "archived")
    assert len(standing()) > 15, "the control: there is something to take away"
    CalendarYear.objects.all().delete()
    assert {"cases_case", "ledger_entry", "ledger_outbox", "people_post"} <= set(emptied(connection))
    assert standing() == before
    assert Permission.objects.filter(content_type__app_label="people").exists()


def test_the_guards_stand_again(clock: Any) -> None:
    found_matters()
    emptied(connection)
    found_matters()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Entry.objects.all().delete()
