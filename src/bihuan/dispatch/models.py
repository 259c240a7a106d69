"""How often which office was given which kind of matter, month by month. Offices and kinds of matter, never people."""

from __future__ import annotations

from django.db import models


class Ruling(models.Model):
    """One office, one category, one month: how often assigned there, and how often it came back.

    Matters about an office or somebody on duty are not counted: a number must not tell of what is kept from its reader.
    ``month`` is its first day.
    """

    category = models.CharField(max_length=60)
    unit_id = models.BigIntegerField()
    month = models.DateField()
    assigned = models.IntegerField(default=0)
    returned = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "unit_id", "month"], name="ruling_key")]
