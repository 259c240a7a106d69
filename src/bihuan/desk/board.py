"""The board: units down, stages and lights across; every number opens the matters that it counts.

Where the place runs several case types, they stand across in place of the stages until one of them is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.access.actors import Actor
from bihuan.desk import names
from bihuan.desk.filters import OWN, link
from bihuan.desk.frame import actor_of, show
from bihuan.reports import board as figures
from bihuan.reports.board import AreaRow, Board, UnitRow
from bihuan.rules.scope import Duty
from bihuan.web.forms import Option
from bihuan.web.guards import duty
from bihuan.web.opening import TYPE
from bihuan.web.requests import searched
from bihuan.web.speech import OPEN_LIGHTS, Speech, light_words, speech

LATE = "over"
SEEN = ("over", "near")
"""Lights whose shape stands beside each number, not only over the column."""
WIDE, HIGH = 84, 20
"""The little curve in units of its own drawing."""
ON_PAPER = 34
"""So many rows fit on one A4 page beside the totals; of more, the rest is one line of sums."""
TIGHT = 26


@dataclass(frozen=True, slots=True)
class Cell:
    """A number and the list of what it counts; nothing to open at 0. ``light``: the light that the number is of."""

    n: int
    href: str = ""
    light: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One unit: its lights, stages, what ended, and the curve; ``beyond``: past what one sheet of paper holds."""

    name: str
    total: Cell
    lights: list[tuple[str, Cell]]
    stages: list[tuple[str, Cell]]
    ended: Cell
    late: Cell
    kept: str
    points: str
    curve: str
    beyond: bool


@duty(Duty.REPORT_READ)
def board(request: HttpRequest) -> HttpResponse:
    """The figures of the actor's area; of the actor's own unit for a post that sees no area."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    kind = chosen_type(request, say)
    found = figures.board(actor, say.calendar, say.now, procedure=kind)
    lights = _lights(found)
    stages = _stages(found, say, kind)
    named = names.units(actor, (row.unit for row in found.units))
    rows = [_row(row, named.get(row.unit, ""), found, lights, stages, n >= ON_PAPER, kind) for n, row in enumerate(found.units)]
    beyond = found.units[ON_PAPER:]
    context = {
        "area": actor.unit_name if found.unit else actor.area_name,
        "as_of": say.moment(say.now),
        "printed": say.full(say.now),
        "tiles": _tiles(found, lights, kind),
        "types": type_links(say, kind),
        "by_type": not kind and len(say.pack.procedures) > 1,
        "lights": [(light, light_words(light)) for light in lights],
        "stages": stages,
        "rows": rows,
        "columns": len(lights) + len(stages) + 4,
        "across": len(lights) + len(stages) + 6,
        "tight": len(rows) > TIGHT,
        "beyond": len(beyond),
        "beyond_n": sum(row.work.n for row in beyond),
        "beyond_late": sum(row.work.lights[LATE] for row in beyond),
        "areas": [_area(row, found, actor, kind) for row in found.areas if row.n or row.late or not found.unit],
        "days": figures.DAYS,
    }
    return show(request, "desk/board.html", context, say=say)


def _lights(found: Board) -> list[str]:
    """The lights with a column: paused only while something is."""
    return [light for light in OPEN_LIGHTS if light != "paused" or found.total.lights[light]]


def chosen_type(request: HttpRequest, say: Speech) -> str:
    """The case type in the address; "" = all of them. Where there is but one, there is nothing to choose."""
    asked = searched(request, TYPE)
    return asked if asked in say.pack.procedures and len(say.pack.procedures) > 1 else ""


def type_links(say: Speech, kind: str, **kept: str) -> list[Mapping[str, object]]:
    """The case types above a table of figures, all of them first; none where there is but one."""
    options = names.procedures(say)
    if not options:
        return []
    every = [Option("", _("all case types")), *options]
    words = [{key: value for key, value in ({**kept, TYPE: option.value}).items() if value} for option in every]
    return [
        {"title": option.title, "href": f"?{urlencode(word)}", "here": option.value == kind}
        for option, word in zip(every, words, strict=True)
    ]


def _stages(found: Board, say: Speech, kind: str) -> list[Option]:
    """The stages with a column: every one in which work can stand, those of older rules that still hold some, and beside.

    Of all case types together: the types.
    """
    if not kind and len(say.pack.procedures) > 1:
        known_types = [*say.pack.procedures, *sorted(found.total.types.keys() - set(say.pack.procedures))]
        stages = [Option(key, say.procedure(key), group=TYPE) for key in known_types]
    else:
        kind = kind or say.pack.usual()
        known = say.pack.procedures.get(kind)
        keys = [state.key for state in known.states if not state.final] if known else []
        keys += sorted(found.total.stages.keys() - set(keys))
        stages = [Option(key, say.state(kind, key)) for key in keys]
    return [*stages, Option("", _("beside"))] if found.total.beside else stages


def _cell(n: int, shown: str = "", /, **words: object) -> Cell:
    return Cell(n, link(**words) if n else "", shown)


def _row(row: UnitRow, name: str, found: Board, lights: Sequence[str], stages: Sequence[Option], beyond: bool, kind: str) -> Row:
    office, since = row.unit, found.since.isoformat()
    return Row(
        name=name,
        total=_cell(row.work.n, office=office, type=kind),
        lights=[_lit(row, light, kind) for light in lights],
        stages=[(stage.title, _staged(row, stage, kind)) for stage in stages],
        ended=_cell(row.ended, office=office, type=kind, ended=since),
        late=_cell(row.late, "missed", office=office, type=kind, ended=since, late="yes"),
        kept=share(row.ended - row.late, row.ended),
        points=curve(row.days),
        curve=_told(row.days),
        beyond=beyond,
    )


def _staged(row: UnitRow, stage: Option, kind: str) -> Cell:
    """The number under a stage, a case type, or beside."""
    if stage.group == TYPE:
        return _cell(row.work.types[stage.value], office=row.unit, type=stage.value)
    if stage.value:
        return _cell(row.work.stages[stage.value], office=row.unit, type=kind, state=stage.value)
    return _cell(row.work.beside, office=row.unit, type=kind, beside="yes")


def _lit(row: UnitRow, light: str, kind: str) -> tuple[str, Cell]:
    """A light's number, with the word that a card on a phone needs where no shape stands beside it."""
    shape = light if light in SEEN else ""
    return "" if shape else light_words(light), _cell(row.work.lights[light], shape, office=row.unit, type=kind, light=light)


def _tiles(found: Board, lights: Sequence[str], kind: str) -> list[Mapping[str, object]]:
    """The totals on top: open, each light, and what was closed in the window by the limit it had as a whole."""
    office, since = found.unit, found.since.isoformat()
    total, closed = found.total, found.closed
    tiles: list[Mapping[str, object]] = [
        {"title": _("Open now"), "cell": _cell(total.n, office=office, type=kind, open="" if office else "yes"), "sub": ""},
    ]
    tiles += [
        {
            "light": light,
            "title": light_words(light),
            "cell": _cell(total.lights[light], office=office, type=kind, light=light),
            "sub": "",
        }
        for light in lights
        if light != "running"
    ]
    tiles.append(
        {
            "title": _("Closed in %(days)d days") % {"days": figures.DAYS},
            "cell": _cell(closed.cases, type=kind, closed=since, open="no"),
            "points": curve(found.closed_days),
            "curve": _told(found.closed_days),
        }
    )
    tiles.append(
        {
            "title": _("Closed within the limit"),
            "words": share(closed.judged - closed.late, closed.judged),
            "late": _cell(closed.late, "missed", type=kind, closed=since, open="no", light="missed"),
        }
    )
    return tiles


def _area(row: AreaRow, found: Board, actor: Actor, kind: str) -> Mapping[str, object]:
    code, office = row.area.code if row.area else OWN, found.unit
    return {
        "name": row.area.name if row.area else _("%(area)s, not placed further") % {"area": actor.area_name},
        "open": _cell(row.n, area=code, office=office, type=kind, open="" if office else "yes"),
        "late": _cell(row.late, LATE, area=code, office=office, type=kind, light=LATE),
    }


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent, "" of nothing; 100 % only when nothing is missing, 0 % only when all is."""
    if not whole:
        return ""
    per_cent = round(100 * part / whole)
    if part not in (0, whole):
        per_cent = min(max(per_cent, 1), 99)
    return f"{per_cent}%"


def curve(days: Sequence[int]) -> str:
    """The points of the little curve, "" where nothing ended; each curve has its own height: it shows a course, not a size."""
    most = max(days, default=0)
    if not most:
        return ""
    step = WIDE / (len(days) - 1)
    return " ".join(f"{n * step:.1f},{HIGH - 1 - (HIGH - 2) * count / most:.1f}" for n, count in enumerate(days))


def _told(days: Sequence[int]) -> str:
    """The curve in words, for whoever does not see it."""
    most = max(days, default=0)
    told = ngettext("at most %(most)d on one day in %(days)d days", "at most %(most)d on one day in %(days)d days", most)
    return told % {"most": most, "days": len(days)}
