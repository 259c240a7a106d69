"""The statement counter that holds the budgets."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from bihuan.config.statements import counted


@pytest.mark.django_db(transaction=True)
def test_only_the_work_counts_not_the_frame_of_transactions() -> None:
    with counted() as count, transaction.atomic(durable=True):
        ContentType.objects.filter(pk=0).delete()
        with transaction.atomic():
            list(ContentType.objects.all()[:1])
        list(ContentType.objects.all()[:1])
    assert sum("SELECT" in sql for sql in count.statements) == len(count) == 3, count
    with pytest.raises(ValueError, match="stop"), counted() as count, transaction.atomic():
        raise ValueError("stop")
    assert len(count) == 0, count


@pytest.mark.django_db
def test_counting_stops_after_the_block() -> None:
    with counted() as count:
        list(ContentType.objects.all()[:1])
    list(ContentType.objects.all()[:1])
    assert len(count) == 1
    assert "SELECT" in str(count)
