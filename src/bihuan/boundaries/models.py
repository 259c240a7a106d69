"""The table of redrawings: which areas became which, by whom, and how far the matters have followed."""

from __future__ import annotations

from django.db import models


class Redrawing(models.Model):
    """One merge or split. ``became``: old code -> new code, for every area that ended; ``units``: old unit -> new unit.

    Matters are moved case by case through the door: ``last_case`` is the last one come to, ``moved`` and ``left`` count.
    """

    kind = models.CharField(max_length=10)
    became = models.JSONField()
    units = models.JSONField(default=dict)
    begins = models.DateField()
    at = models.DateTimeField()
    account_id = models.BigIntegerField()
    total = models.IntegerField(default=0)
    moved = models.IntegerField(default=0)
    left = models.IntegerField(default=0)
    last_case = models.BigIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
