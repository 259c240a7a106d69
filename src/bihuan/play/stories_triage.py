"""The last morning at the sorting desk: neighbours tell of what is being handled already, one letter holds two matters.

Some of it is left undone, so that the desk has look-alikes to show; the rest is merged, linked and split through the door.
"""

from __future__ import annotations

from bihuan.access.actors import Actor
from bihuan.cases import selectors, sorting
from bihuan.cases.errors import CaseError
from bihuan.cases.services import open_case, perform, split_off
from bihuan.cases.shapes import CaseFilter, CasePage, ContactIn
from bihuan.play.cast import Seats
from bihuan.rules.routing import Directory

TWINS, LEFT = 7, 4
"""Neighbours who tell of the same thing, and how many of them the play leaves for the dispatcher."""
SAID = "我也来反映这件事："
WHY = "地点和内容都与已在办理的事项相同，是同一件事。"
PART = {"title": "同一条路边的水沟也堵了", "what": "另外还有一件事：路边的水沟堵了，一下雨就漫到门口，请一并安排清理。"}


def sort_the_last(seats: Seats, directory: Directory, county: str, *, demo: bool = True) -> int:
    """Play the last morning at the county's centre; how many acts were done."""
    centre = directory.centre_at("county", county)
    if not centre:
        return 0
    clerk, dispatcher = seats.actor(centre, "window_clerk"), seats.actor(centre, "dispatcher")
    done = 0
    for n, lead in enumerate(_being_handled(dispatcher)):
        twin = _told_again(clerk, lead, n, demo=demo)
        if twin and n >= LEFT:
            done += _performed(dispatcher, twin, "merge", lead.case_id, f"play:merge:{twin}", WHY)
        done += bool(twin)
    first = [line.case_id for line in sorting.waiting(dispatcher, {}, limit=3).lines if line.state == "registered"]
    for case_id in first[:1]:
        split_off(actor=dispatcher, case_id=case_id, facts=PART, request_id=f"play:split:{case_id}")
        done += 1
    if len(first) > 2:
        done += _performed(dispatcher, first[1], "relate", first[2], f"play:link:{first[1]}")
    return done


def _being_handled(dispatcher: Actor) -> list[CasePage]:
    """Matters that an office handles for this centre, the newest first; none that is kept from an office."""
    found: list[CasePage] = []
    for line in selectors.case_list(dispatcher, CaseFilter(state="handling", is_open=True), limit=5 * TWINS).lines:
        page = selectors.case_page(dispatcher, line.case_id)
        if page.centre == dispatcher.unit and not page.about_unit:
            found.append(page)
        if len(found) == TWINS:
            break
    return found


def _told_again(clerk: Actor, lead: CasePage, n: int, *, demo: bool) -> int:
    """A neighbour tells of the same matter in other words; the case's id, 0 where the words were too short."""
    what = next((words.text for words in lead.timeline[0].words if words.name == "what"), "")
    try:
        opened = open_case(
            actor=clerk,
            facts={
                "title": lead.title[:50], "what": f"{SAID}{what}"[:400], "kind": lead.kind or "complaint", "channel": "phone",
            },
            contact=ContactIn(name="邻居", phone=f"1380000{n:04d}"),
            area_code=lead.area_code, request_id=f"play:twin:{lead.case_id}", is_demo=demo,
        )  # fmt: skip
    except CaseError:
        return 0
    return opened.case_id


def _performed(actor: Actor, case_id: int, action: str, other: int, request_id: str, reason: str = "") -> int:
    facts = {"reason": reason} if reason else {}
    try:
        perform(actor=actor, case_id=case_id, action=action, facts=facts, other=other, request_id=request_id)
    except CaseError:
        return 0
    return 1
