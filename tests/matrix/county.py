"""The matrix's small county: everybody who can hold a post anywhere, and matters in every relation to them.

``SEES`` is written by hand, from the sentences of the principles: it is what the product's answers are held against, so
nothing here asks the product who may see what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bihuan.access.actors import Actor, actor_for
from bihuan.access.sessions import IN, open_session
from bihuan.cases.shapes import ContactIn
from bihuan.intake.services import record_service
from bihuan.intake.shapes import RecordIn
from bihuan.ledger import clock
from bihuan.people.services import AccountRow, PostRow, create_accounts, create_units, give_posts, units_of_pack
from bihuan.places.selectors import descendants, top_areas
from bihuan.places.services import load_areas
from bihuan.rulebook.seeds import seed_calendar_years
from bihuan.rulebook.services import publish
from tests.factories.matters import act, category, opened, request_id, shipped_pack
from tests.factories.organisation import AREAS, EAST, EAST_A, GRID_1, GRID_4, WEST, WEST_A, own_posts

UNITS: Mapping[str, str] = {
    "authority": "authority",
    "centre": "centre",
    "housing": "housing",
    "water": "water",
    "east": f"township_centre@{EAST}",
    "west": f"township_centre@{WEST}",
    "east police": f"police@{EAST}",
    "west police": f"police@{WEST}",
    "east village": f"village_unit@{EAST_A}",
    "west village": f"village_unit@{WEST_A}",
    "east grid": f"grid_unit@{GRID_1}",
    "west grid": f"grid_unit@{GRID_4}",
}
"""Units by the name used here, with their keys."""
KINDS: Mapping[str, tuple[str, ...]] = {
    "county_authority": ("authority",),
    "county_centre": ("centre",),
    "county_office": ("housing", "water"),
    "township_centre": ("east", "west"),
    "township_station": ("east police", "west police"),
    "village_unit": ("east village", "west village"),
    "grid_unit": ("east grid", "west grid"),
}
READS_NO_CASE = frozenset({"data_protection_officer", "system_admin", "security_admin", "auditor"})
"""Posts that look after the installation and see no matter at all."""


@dataclass(frozen=True)
class Matter:
    """One case: who registers it, where it lies, which office handles it, whom it is about, which units may see it."""

    opener: str
    area: str
    office: str = ""
    about: str = ""
    about_post: str = ""
    sees: frozenset[str] = frozenset()


def _seen_by(*units: str) -> frozenset[str]:
    return frozenset(units)


_EAST = _seen_by("centre", "east", "east village", "east grid")
_WEST = _seen_by("centre", "west", "west village", "west grid")
MATTERS: Mapping[str, Matter] = {
    "in the east": Matter("window_clerk@east", GRID_1, sees=_EAST),
    "in the west": Matter("window_clerk@west", GRID_4, sees=_WEST),
    "in the east, with housing": Matter("window_clerk@centre", GRID_1, "housing", sees=_EAST | {"housing"}),
    "in the west, with housing": Matter("window_clerk@centre", GRID_4, "housing", sees=_WEST | {"housing"}),
    "in the east, with its police": Matter("window_clerk@east", GRID_1, "east police", sees=_EAST | {"east police"}),
    "in the west, with its police": Matter("window_clerk@west", GRID_4, "west police", sees=_WEST | {"west police"}),
    # Avoidance: unseen by those it is about and by everybody below them, seen at the level above.
    "about housing, with water": Matter("window_clerk@centre", GRID_1, "water", "housing", sees=_EAST | {"water"}),
    "about somebody of housing": Matter("window_clerk@west", GRID_4, "", "", "officer@housing", sees=_WEST),
    "about the east police": Matter("window_clerk@east", GRID_1, "", "east police", sees=_EAST),
    "about the centre of the east": Matter("window_clerk@east", GRID_1, "", "east", sees=_seen_by("centre")),
    "about the dispatcher of the east": Matter(
        "grid_leader@east grid", GRID_1, "", "", "dispatcher@east", sees=_seen_by("centre")
    ),
    "about the east village": Matter("window_clerk@east", GRID_1, "", "east village", sees=_seen_by("centre", "east")),
    "about the grid leader": Matter(
        "window_clerk@east", GRID_1, "", "", "grid_leader@east grid", sees=_seen_by("centre", "east", "east village")
    ),
    "about the county's centre": Matter("window_clerk@centre", GRID_1, "", "centre", sees=_seen_by("authority")),
    "about the head of the centre": Matter("window_clerk@east", GRID_1, "", "", "centre_head@centre", sees=_seen_by("authority")),
}  # fmt: skip
RECORDS: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "record of the east": ("grid_leader@east grid", GRID_1, _EAST),
    "record of the west": ("window_clerk@west", GRID_4, _WEST),
}
"""Service records: who writes, where, and which units read them (with the duty to read records)."""


@dataclass(frozen=True)
class Person:
    """Somebody in a post: ``post`` and ``unit`` as named here, and the cookie of a running session."""

    name: str
    post: str
    unit: str
    actor: Actor
    token: str

    def again(self) -> Person:
        """The same person, signed in anew: days have gone by."""
        return replace(self, token=_session(self.actor))

    def sees(self, matter: Matter) -> bool:
        """What the principles say: the unit may see it and the post reads cases."""
        return self.unit in matter.sees and self.post not in READS_NO_CASE


@dataclass(frozen=True)
class World:
    """Everybody by name ("post@unit"), the numbers of units, cases and records by the names used here."""

    people: Mapping[str, Person]
    units: Mapping[str, int]
    cases: Mapping[str, int]
    codes: Mapping[str, str]
    records: Mapping[str, int]


def settled() -> World:
    """The county with everybody in it and no matter yet."""
    pack = shipped_pack()
    publish(pack)
    seed_calendar_years()
    load_areas(AREAS)
    top = top_areas()[0]
    numbers = create_units(units_of_pack(pack, [top, *descendants(top.code)]))
    return World(_people(), {name: numbers[key] for name, key in UNITS.items()}, {}, {}, {})


def found() -> World:
    """The county with its matters and records. Call inside a transaction that is rolled back."""
    world = settled()
    people, units = world.people, world.units
    cases, codes = {}, {}
    for title, matter in MATTERS.items():
        cases[title], codes[title] = _brought_about(matter, title, people, units)
    return World(people, units, cases, codes, {name: _recorded(name, people) for name in RECORDS})


def _people() -> dict[str, Person]:
    seats = [
        (f"{post.key}@{unit}", post.key, unit)
        for post in shipped_pack().posts
        for kind in post.unit_kinds
        for unit in KINDS.get(kind, ())
    ]
    create_accounts(
        AccountRow(username=_login(name), name=f"吴{n}", password="open sesame 9") for n, (name, _, _) in enumerate(seats)
    )
    give_posts(PostRow(username=_login(name), key=key, unit_key=UNITS[unit]) for name, key, unit in seats)
    people, posts = {}, own_posts()
    for name, key, unit in seats:
        actor = actor_for(posts[_login(name)])
        people[name] = Person(name, key, unit, actor, _session(actor))
    return people


def _session(actor: Actor) -> str:
    """The cookie of somebody who has signed in with the second factor."""
    return open_session(account=actor.account, post=actor.post_id, stage=IN, factor_at=clock.now())


def _login(name: str) -> str:
    return name.replace("@", "_").replace(" ", "_")


def _brought_about(matter: Matter, title: str, people: Mapping[str, Person], units: Mapping[str, int]) -> tuple[int, str]:
    """Register the matter, and where an office handles it, take it there through the door."""
    about = {"about_unit": units[matter.about]} if matter.about else {}
    if matter.about_post:
        about = {"about_account": people[matter.about_post].actor.account}
    case = opened(
        people[matter.opener].actor,
        area_code=matter.area,
        title=title,
        contact=ContactIn(name="王小明", phone="13800000000"),
        **about,
    )
    if matter.office:
        dispatcher = people[f"dispatcher@{matter.opener.partition('@')[2]}"].actor
        act(dispatcher, case.case_id, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
        act(dispatcher, case.case_id, "assign", {"office": units[matter.office], "basis": "按职责清单交办"})
        act(people[f"liaison@{matter.office}"].actor, case.case_id, "acknowledge")
    return case.case_id, case.tracking_code


def _recorded(name: str, people: Mapping[str, Person]) -> int:
    writer, area, _readers = RECORDS[name]
    record = RecordIn(what=name, result="当场办好", area_code=area)
    return record_service(actor=people[writer].actor, record=record, request_id=request_id())
