"""The place everything is measured in: the shipped pack's county with all its units, and one actor for each post asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.core.management import call_command

from bihuan import packs
from bihuan.access import sessions
from bihuan.access.actors import Actor
from bihuan.exchange.founding import found
from bihuan.ledger import clock
from bihuan.packs import Pack
from bihuan.people.selectors import directory, unit_ids
from bihuan.places import selectors as places
from bihuan.play.cast import Seats, fill_posts
from bihuan.rulebook.models import InForce
from bihuan.rulebook.seeds import seed_calendar_years
from bihuan.rulebook.selectors import current_pack
from bihuan.vault import keys

PACK = "xiangyin"


@dataclass(slots=True)
class Place:
    """A founded county: its pack, the codes of its areas by level, its offices, and who sits where."""

    pack: Pack
    areas: dict[str, list[str]]
    offices: list[int]
    centre: int
    seats: Seats = field(default_factory=Seats)

    def actor(self, post: str, unit: int = 0) -> Actor:
        """Who sits on a post of a unit, of the county's centre where none is named."""
        return self.seats.actor(unit or self.centre, post)

    def cookie(self, actor: Actor) -> str:
        """A session of this actor as it stands after sign-in, without asking for passwords."""
        return sessions.open_session(account=actor.account, post=actor.post_id, stage=sessions.IN, factor_at=clock.now())

    def stations(self, area_code: str) -> list[int]:
        """The stations of a township that may be main office there."""
        kinds = [kind.key for kind in self.pack.unit_kinds if kind.assignable and kind.level == "township"]
        return sorted(unit for kind in kinds for unit in directory().units_of(kind, area_code))

    def centre_of(self, area_code: str) -> int:
        """The unit that receives for a township."""
        return directory().centre_at("township", area_code)


def founded() -> Place:
    """Migrate, found the county and seat everybody where that has not been done yet, and look around."""
    call_command("migrate", verbosity=0, interactive=False)
    if not InForce.objects.exists():
        keys.create()
        seed_calendar_years()
        found(packs.load(PACK), packs.divisions(PACK))
        fill_posts(packs.load(PACK))
    pack = current_pack()  # of a kept place the one it was filled with
    assignable = {kind.key for kind in pack.unit_kinds if kind.assignable}
    offices = [office.key for office in pack.offices if not office.per and office.kind in assignable]
    areas = {level.key: [area.code for area in places.of_level(level.key)] for level in pack.levels}
    return Place(
        pack=pack,
        areas=areas,
        offices=sorted(unit_ids(offices).values()),
        centre=directory().centre_at("county", areas["county"][0]),
    )
