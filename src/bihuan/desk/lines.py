"""Lines of the desk's lists: what a thread or a case says in one row (on a phone: one card)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases.shapes import MAIN, WorkLine
from bihuan.web.speech import Due, Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row. ``next_words`` names the one next act, ``next_href`` opens the case with that act unfolded."""

    href: str
    title: str
    sub: str
    due: Due
    place: str
    within: str
    office: str
    stage: str
    next_words: str
    next_href: str
    primary: bool = False


def lines(found: Iterable[WorkLine], speech: Speech, units: Mapping[int, str], actor: Actor) -> list[Line]:
    """Rows in the given order. A next act is named only where it is this actor's turn; the first one is the primary button."""
    rows: list[Line] = []
    for one in found:
        turn = bool(one.next_action) and one.holder_unit == actor.unit and one.holder_post in ("", actor.post)
        rows.append(_line(one, speech, units, turn=turn, primary=turn and not any(row.primary for row in rows)))
    return rows


def _line(one: WorkLine, speech: Speech, units: Mapping[int, str], *, turn: bool, primary: bool) -> Line:
    href = f"/desk/case/{one.case_id}"
    stage = speech.state(one.procedure, one.state, one.thread_kind)
    top, _dot, rest = one.area_name.partition("·")
    return Line(
        href=href,
        title=one.title or _("(no title)"),
        sub=" · ".join(
            part for part in (one.number, speech.category(one.category), _weight(one, speech), _limit(one, speech)) if part
        ),
        due=speech.due(one.light, one.due_at, provisional=one.provisional),
        place=top,
        within=rest.replace("·", " "),
        office=units.get(one.holder_unit, ""),
        stage=stage if one.thread == MAIN else f"{stage} · {speech.say('thread', one.procedure, one.thread_kind)}",
        next_words=speech.action(one.procedure, one.next_action, kind=one.thread_kind) if turn else _("Open"),
        next_href=f"{href}?act={one.thread}.{one.next_action}#acts" if turn else href,
        primary=primary,
    )


def _limit(one: WorkLine, speech: Speech) -> str:
    return _("limit: %(clock)s") % {"clock": speech.clock(one.procedure, one.clock)} if one.clock else ""


def _weight(one: WorkLine, speech: Speech) -> str:
    said = []
    if one.urgency and one.urgency != "normal":
        said.append(speech.short_choice(one.urgency, "urgency"))
    if one.weight == "major":
        said.append(speech.short_choice(one.weight, "weight"))
    return " · ".join(said)
