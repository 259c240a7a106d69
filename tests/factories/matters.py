"""The small county with the procedure, catalogue and posts of the first shipped pack: where matters go round their loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

from bihuan import packs
from bihuan.access.actors import Actor
from bihuan.cases.services import open_case, perform
from bihuan.cases.shapes import ContactIn, Done, Opened
from bihuan.packs.shape import Pack
from bihuan.people.selectors import directory
from bihuan.people.services import AccountRow, PostRow, create_accounts, create_units, give_posts, units_of_pack
from bihuan.places.selectors import descendants, top_areas
from bihuan.places.services import load_areas
from bihuan.rulebook.seeds import seed_calendar_years
from bihuan.rulebook.services import publish
from tests.factories.organisation import AREAS, COUNTY, EAST, EAST_A, GRID_1, PASSWORD, WEST, County, own_posts
from tests.factories.organisation import PACK as SMALL

CAST = (
    ("clerk", "window_clerk", "centre"),
    ("dispatcher", "dispatcher", "centre"),
    ("checker", "checker", "centre"),
    ("caller", "followup_caller", "centre"),
    ("head", "centre_head", "centre"),
    ("authority_dispatcher", "dispatcher", "authority"),
    ("east_clerk", "window_clerk", f"township_centre@{EAST}"),
    ("east_dispatcher", "dispatcher", f"township_centre@{EAST}"),
    ("west_dispatcher", "dispatcher", f"township_centre@{WEST}"),
    ("liaison", "liaison", "housing"),
    ("officer", "officer", "housing"),
    ("leader", "office_leader", "housing"),
    ("water_liaison", "liaison", "water"),
    ("water_officer", "officer", "water"),
    ("police", "liaison", f"police@{EAST}"),
    ("village_clerk", "village_clerk", f"village_unit@{EAST_A}"),
    ("grid_leader", "grid_leader", f"grid_unit@{GRID_1}"),
    ("water_leader", "office_leader", "water"),
    ("deputy", "deputy_head", "centre"),
    ("east_deputy", "deputy_head", f"township_centre@{EAST}"),
    ("village_head", "village_head", f"village_unit@{EAST_A}"),
    ("police_officer", "officer", f"police@{EAST}"),
    ("police_leader", "office_leader", f"police@{EAST}"),
    ("west_deputy", "deputy_head", f"township_centre@{WEST}"),
    ("west_police", "liaison", f"police@{WEST}"),
    ("west_police_officer", "officer", f"police@{WEST}"),
    ("west_police_leader", "office_leader", f"police@{WEST}"),
    ("authority_deputy", "deputy_head", "authority"),
    ("admin", "system_admin", "centre"),
    ("auditor", "auditor", "centre"),
    ("protector", "data_protection_officer", "centre"),
    *(
        (f"{place}_{name}", post, unit)
        for place, unit in (
            ("authority", "authority"), ("east", f"township_centre@{EAST}"), ("west", f"township_centre@{WEST}"),
        )
        for name, post in (("checker", "checker"), ("caller", "followup_caller"), ("head", "centre_head"))
    ),
)  # fmt: skip
_request = count(1)


@cache
def shipped_pack() -> Pack:
    """The first shipped pack over the small county's area and offices."""
    pack = packs.load(packs.standard())
    placed = replace(pack, name="matters", area=SMALL.area, offices=SMALL.offices, digest="", published=True)
    return replace(placed, digest=packs.digest(placed))


@cache
def two_types() -> Pack:
    """The same pack with two case types alone; the second is the loop of a matter under another key, not begun by villages."""
    pack = shipped_pack()
    usual = pack.procedures[pack.usual()]
    key, first = "second", usual.key
    begin = next(action for action in usual.actions if action.key == usual.start_action)
    fewer = replace(begin, who=("window_clerk", "dispatcher", "resident", "system"))
    second = replace(usual, key=key, family="other", actions=(fewer, *(one for one in usual.actions if one is not begin)))
    wording = {
        language: {
            **words,
            **{
                ".".join([*head, key, *tail]): text
                for name, text in words.items()
                if first in (parts := name.split("."))[1:2]
                for head, tail in [(parts[:1], parts[2:])]
            },
            f"procedure.{key}": "第二类" if language == "zh" else "second kind",
        }
        for language, words in pack.wording.items()
    }
    both = replace(pack, name="two", procedures={first: usual, key: second}, wording=wording, digest="")
    return replace(both, digest=packs.digest(both))


def found_matters(pack: Pack | None = None) -> County:
    """Publish the pack, load areas and calendar, set up units and the cast."""
    pack = pack or shipped_pack()
    publish(pack)
    seed_calendar_years()
    load_areas(AREAS)
    top = top_areas()[0]
    units = create_units(units_of_pack(pack, [top, *descendants(top.code)]))
    accounts = create_accounts(AccountRow(username=name, name=f"周{name}", password=PASSWORD) for name, _, _ in CAST)
    give_posts(PostRow(username=name, key=key, unit_key=unit) for name, key, unit in CAST)
    assert directory().stamp
    return County(units, own_posts(), accounts)


def request_id() -> str:
    """A request id that no other call gets."""
    return f"request-{next(_request)}"


def facts(**more: Any) -> dict[str, Any]:
    """What a window clerk types about a broken street lamp."""
    told = {
        "title": "路灯坏了两周没人修",
        "what": "第一网格村口路灯坏了两周，晚上走路看不见，请尽快修理。",
        "kind": "complaint",
        "channel": "phone",
    }
    return {**told, **more}


def opened(actor: Actor, *, area_code: str = EAST_A, contact: ContactIn | None = None, **more: Any) -> Opened:
    """A case registered by somebody."""
    beside = {name: more.pop(name) for name in ("about_unit", "about_account", "at", "procedure") if name in more}
    return open_case(actor=actor, facts=facts(**more), request_id=request_id(), area_code=area_code, contact=contact, **beside)


def act(actor: Actor, case_id: int, action: str, given: Mapping[str, Any] | None = None, **more: Any) -> Done:
    """One act with a fresh request id."""
    return perform(actor=actor, case_id=case_id, action=action, facts=given or {}, request_id=request_id(), **more)


def category() -> str:
    """A category that a case can have."""
    return shipped_pack().catalogue.leaves()[0].key


STEPS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "accepted": ("dispatcher", "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"}),
    "assigned": ("dispatcher", "assign", {"office": "housing", "basis": "城市照明由住建部门负责"}),
    "handling": ("liaison", "acknowledge", {}),
    "drafted": ("officer", "draft_answer", {"claim": "solved", "answer": "已更换灯具并恢复照明，感谢您的反映。"}),
    "signed": ("leader", "sign_off", {}),
    "passed": ("checker", "pass", {}),
    "archived": ("caller", "follow_up", {"outcome": "reached", "solved": "yes", "satisfied": "satisfied"}),
}


def brought_to(county: County, step: str, *, opener: str = "clerk", **more: Any) -> int:
    """A case opened and taken along the loop up to and including a step of STEPS ("" = only opened)."""
    case_id = opened(county.actor(opener), **more).case_id
    if step:
        for key, (who, action, given) in STEPS.items():
            known = {**given, "office": county.units["housing"]} if "office" in given else given
            act(county.actor(who), case_id, action, known)
            if key == step:
                break
    return case_id


__all__ = ["COUNTY", "EAST", "EAST_A", "GRID_1", "STEPS", "WEST", "County"]
