"""The board: units down, stages and lights across; every number opens the matters that it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
from bihuan.web.opening import PROCEDURE
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
    found = figures.board(actor, say.calendar, say.now)
    lights = _lights(found)
    stages = _stages(found, say)
    named = names.units(actor, (row.unit for row in found.units))
    rows = [_row(row, named.get(row.unit, ""), found, lights, stages, n >= ON_PAPER) for n, row in enumerate(found.units)]
    beyond = found.units[ON_PAPER:]
    context = {
        "area": actor.unit_name if found.unit else actor.area_name,
        "as_of": say.moment(say.now),
        "printed": say.full(say.now),
        "tiles": _tiles(found, lights),
        "lights": [(light, light_words(light)) for light in lights],
        "stages": stages,
        "rows": rows,
        "columns": len(lights) + len(stages) + 4,
        "across": len(lights) + len(stages) + 6,
        "tight": len(rows) > TIGHT,
        "beyond": len(beyond),
        "beyond_n": sum(row.work.n for row in beyond),
        "beyond_late": sum(row.work.lights[LATE] for row in beyond),
        "areas": [_area(row, found, actor) for row in found.areas if row.n or row.late or not found.unit],
        "days": figures.DAYS,
    }
    return show(request, "desk/board.html", context, say=say)


def _lights(found: Board) -> list[str]:
    """The lights with a column: paused only while something is."""
    return [light for light in OPEN_LIGHTS if light != "paused" or found.total.lights[light]]


def _stages(found: Board, say: Speech) -> list[Option]:
    """The stages with a column: every one in which work can stand, those of older rules that still hold some, and beside."""
    known = say.pack.procedures.get(PROCEDURE)
    keys = [state.key for state in known.states if not state.final] if known else []
    keys += sorted(found.total.stages.keys() - set(keys))
    stages = [Option(key, say.state(PROCEDURE, key)) for key in keys]
    return [*stages, Option("", _("beside"))] if found.total.beside else stages


def _cell(n: int, shown: str = "", /, **words: object) -> Cell:
    return Cell(n, link(**words) if n else "", shown)


def _row(row: UnitRow, name: str, found: Board, lights: Sequence[str], stages: Sequence[Option], beyond: bool) -> Row:
    office, since = row.unit, found.since.isoformat()
    return Row(
        name=name,
        total=_cell(row.work.n, office=office),
        lights=[_lit(row, light) for light in lights],
        stages=[
            (stage.title, _cell(row.work.stages[stage.value], office=office, state=stage.value))
            if stage.value
            else (stage.title, _cell(row.work.beside, office=office, beside="yes"))
            for stage in stages
        ],
        ended=_cell(row.ended, office=office, ended=since),
        late=_cell(row.late, "missed", office=office, ended=since, late="yes"),
        kept=share(row.ended - row.late, row.ended),
        points=curve(row.days),
        curve=_told(row.days),
        beyond=beyond,
    )


def _lit(row: UnitRow, light: str) -> tuple[str, Cell]:
    """A light's number, with the word that a card on a phone needs where no shape stands beside it."""
    shape = light if light in SEEN else ""
    return "" if shape else light_words(light), _cell(row.work.lights[light], shape, office=row.unit, light=light)


def _tiles(found: Board, lights: Sequence[str]) -> list[Mapping[str, object]]:
    """The totals on top: open, each light, and what was closed in the window by the limit it had as a whole."""
    office, since = found.unit, found.since.isoformat()
    total, closed = found.total, found.closed
    tiles: list[Mapping[str, object]] = [
        {"title": _("Open now"), "cell": _cell(total.n, office=office, open="" if office else "yes"), "sub": ""},
    ]
    tiles += [
        {"light": light, "title": light_words(light), "cell": _cell(total.lights[light], office=office, light=light), "sub": ""}
        for light in lights
        if light != "running"
    ]
    tiles.append(
        {
            "title": _("Closed in %(days)d days") % {"days": figures.DAYS},
            "cell": _cell(closed.cases, closed=since, open="no"),
            "points": curve(found.closed_days),
            "curve": _told(found.closed_days),
        }
    )
    tiles.append(
        {
            "title": _("Closed within the limit"),
            "words": share(closed.judged - closed.late, closed.judged),
            "late": _cell(closed.late, "missed", closed=since, open="no", light="missed"),
        }
    )
    return tiles


def _area(row: AreaRow, found: Board, actor: Actor) -> Mapping[str, object]:
    code, office = row.area.code if row.area else OWN, found.unit
    return {
        "name": row.area.name if row.area else _("%(area)s, not placed further") % {"area": actor.area_name},
        "open": _cell(row.n, area=code, office=office, open="" if office else "yes"),
        "late": _cell(row.late, LATE, area=code, office=office, light=LATE),
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
