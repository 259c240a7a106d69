"""What every decision stands on: the pack, its calendar, the directory, each from a cache named by a stamp in the same read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import BigIntegerField, CharField
from django.db.models.expressions import RawSQL

from bihuan.packs.shape import Pack
from bihuan.people.directory import OrgDirectory
from bihuan.people.selectors import directory
from bihuan.rulebook.selectors import calendar_for, pack
from bihuan.rules.calendar import Calendar

_STAMPS = {
    "org_stamp": ("SELECT stamp FROM people_orgstamp LIMIT 1", BigIntegerField),
    "calendar_stamp": ("SELECT stamp FROM rulebook_calendaryear ORDER BY id DESC LIMIT 1", CharField),
    "current_pack": ("SELECT digest FROM rulebook_inforce WHERE area_code = ''", CharField),
}
STAMPS = {name: RawSQL(sql, (), output_field=field()) for name, (sql, field) in _STAMPS.items()}  # noqa: S611 - constants
"""Annotations by which one read also learns the state of the organisation, of the calendar and of the rules."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The rules of one case: its pack, the calendar with today's years, the organisation as it stands."""

    pack: Pack
    calendar: Calendar
    directory: OrgDirectory

    def is_centre(self, unit: int) -> bool:
        """True for a unit that receives, assigns and checks: its posts see their whole area anyway."""
        fact = self.directory.unit(unit)
        kind = self.pack.unit_kind(fact.kind) if fact else None
        return kind is not None and kind.centre

    def takes_in(self, unit: int) -> bool:
        """True for a centre, and for a unit that takes in what its own people register (a village)."""
        fact = self.directory.unit(unit)
        kind = self.pack.unit_kind(fact.kind) if fact else None
        return kind is not None and (kind.centre or kind.receives)

    def sees_by_area(self, unit: int, area_code: str) -> bool:
        """True for a centre whose own area holds the code: its posts see the case without ever having held it."""
        fact = self.directory.unit(unit)
        return fact is not None and area_code.startswith(fact.area_code) and self.is_centre(unit)


def ground(digest: str, *, org_stamp: int = 0, calendar_stamp: str | None = None) -> Ground:
    """The ground of a case that began under the pack ``digest``. No statement where the stamps are known here."""
    rules = pack(digest)
    return Ground(rules, calendar_for(rules, stamp=calendar_stamp), directory(org_stamp))
