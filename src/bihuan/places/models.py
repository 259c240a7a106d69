"""The table of places: one tree of areas, each row carrying the codes of the levels it lies in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

CODE_MAX = 15
WIDTHS = (
    6,
    9,
    12,
    15,
)  # digits of county, township, village and grid codes (GB/T 2260 and its statistical extension)


def level_codes(code: str) -> dict[str, str]:
    """The values of the level columns for an area code: each prefix of a known width, "" below the code's own level.

    >>> level_codes("430624101")
    {'a6': '430624', 'a9': '430624101', 'a12': '', 'a15': ''}
    """
    return {f"a{width}": code[:width] if len(code) >= width else "" for width in WIDTHS}


class Area(models.Model):
    """A county, township, village or grid. ``code`` is a prefix of the codes below it; ``level`` is the pack's word.

    ``a6``, ``a9``, ``a12`` and ``a15`` hold the codes of the areas this one lies in (and its own), so that "everything
    in a township" is one equality, whatever the number of rows. An area that ended keeps its row: old cases lie in it.
    """

    code = models.CharField(max_length=CODE_MAX, unique=True)
    level = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    a6 = models.CharField(max_length=6, default="")
    a9 = models.CharField(max_length=9, default="")
    a12 = models.CharField(max_length=12, default="")
    a15 = models.CharField(max_length=15, default="")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)  # the last day, included

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["a6", "level"], name="places_area_a6"),
            models.Index(fields=["a9", "level"], name="places_area_a9"),
            models.Index(fields=["a12", "level"], name="places_area_a12"),
        ]

    def __str__(self) -> str:
        """The code and the name."""
        return f"{self.code} {self.name}"
