"""A procedure's picture on sheets of A4 that can be read: the main line, cut where it is too wide, then what runs beside it.

One sheet where the whole main line fits. A cut line goes on with the stage it ended with; an act that leads to another sheet
stands in its box with the stage it leads to, so that no act is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bihuan.packs.layout import LINE, TEXT, TITLE, Flow, Placed, Step, place
from bihuan.packs.picture import INK, Drawing, written
from bihuan.packs.shape import Pack

WIDE, HIGH = 1650.0, 1130.0
"""What an A4 sheet across holds (283 x 194 mm within its margins) when its smallest letters are 6.3 points high."""
MOST = 6
HEAD = 34


def sheets(pack: Pack, procedure: str, language: str = "zh") -> list[str]:
    """The procedure as SVG pictures, each for one A4 sheet across. Raises KeyError."""
    drawing = Drawing(pack, pack.procedures[procedure], language, "")
    bodies = [*_main(drawing), *_beside(drawing)]
    drawn = []
    for n, (out, width, height, way) in enumerate(bodies, 1):
        name = drawing.words.sheet.format(procedure=drawing.title(), n=n, all=len(bodies))
        head = written(10, 20, f"{name}　{way[0]} — {way[-1]}" if way else name, TITLE, INK, anchor="start", weight="650")
        body = [head, f'<g transform="translate(0 {HEAD})">', *out, "</g>"]
        drawn.append(_heads_of_its_own(drawing.whole(body, max(width, 400), height + HEAD, way, sheet=n), n))
    return drawn


def _heads_of_its_own(svg: str, sheet: int) -> str:
    """The picture with its arrow heads named by the sheet, so that several stand on one page."""
    return svg.replace('id="head-', f'id="head-{sheet}-').replace("url(#head-", f"url(#head-{sheet}-")


Sheet = tuple[list[str], float, float, list[str]]
"""What is drawn, how wide and high it is, the names of the stages on the ordinary way."""


def _main(drawing: Drawing) -> list[Sheet]:
    """The main line on as few sheets as can be read."""
    spec = drawing.procedure
    titles, flow, way = drawing.course(spec.key, spec.states, spec.actions, (spec.start_action, spec.start_state), spec.ladder)
    best: list[Sheet] = []
    for n in range(1, min(MOST, max(len(way) - 1, 1)) + 1):
        parts = _cut(way, n)
        found = [_part(drawing, titles, flow, parts, at) for at in range(len(parts))]
        if not best or _too_large(found) < _too_large(best):
            best = found
        if _too_large(best) <= 1:
            break
    return best


def _too_large(found: Sequence[Sheet]) -> float:
    """How many times the largest of them is a sheet; 1 where all fit."""
    return max(1.0, *(max(width / WIDE, (height + HEAD) / HIGH) for _out, width, height, _way in found))


def _cut(way: Sequence[str], n: int) -> list[list[str]]:
    """The way in ``n`` parts about equally long, each beginning with the stage that the one before ended with."""
    steps = max(len(way) - 1, 1)
    ends = [round(steps * part / n) for part in range(n + 1)]
    return [list(way[begin : end + 1]) for begin, end in pairwise(ends)]


def _home(flow: Flow, parts: Sequence[Sequence[str]], state: str) -> int:
    """The part on which a stage aside of the way stands: that of the stage which leads to it, else of one it leads to."""
    into = [source for step in flow.steps if step.target == state for source in step.sources]
    out = [step.target for step in flow.steps if state in step.sources]
    for near in (*into, *out):
        for at, part in enumerate(parts):
            if near in part:
                return at
    return 0


def _part(drawing: Drawing, titles: dict[str, str], flow: Flow, parts: Sequence[Sequence[str]], at: int) -> Sheet:
    spec, on_way = drawing.procedure, {state for part in parts for state in part}
    aside = [state.key for state in spec.states if state.key not in on_way and _home(flow, parts, state.key) == at]
    here = [*parts[at], *aside]
    goes_on = parts[at][-1] if at + 1 < len(parts) else ""
    states = [state for state in spec.states if state.key in here]
    words = drawing.words
    entry = words.before if at else drawing.entry()
    shown = _only(flow, here, goes_on, titles, words.more)
    placed = place(states, shown, parts[at], titles=titles, holders=drawing.holders(states), entry=entry)
    out, y = [drawing.placed(placed)], placed.height + 10
    if shown.anywhere and not at:
        out.append(written(10, y + LINE, words.anywhere + "、".join(shown.anywhere), TEXT, INK, anchor="start"))
        y += LINE + 12
    y += drawing.legend(out, y)
    return out, placed.width + 8, y, [titles[key] for key in parts[at]]


def _only(flow: Flow, here: Sequence[str], goes_on: str, titles: dict[str, str], more: str) -> Flow:
    """The steps between these stages; one that leads elsewhere stands inside its box with where it leads.

    ``goes_on``: the stage with which the next sheet begins; what leads on from it is drawn there.
    """
    steps: list[Step] = []
    stays = {state: list(names) for state, names in flow.stays.items() if state in here and state != goes_on}
    for step in flow.steps:
        sources = tuple(source for source in step.sources if source in here)
        if not sources:
            continue
        if step.target in here:
            steps.append(Step(sources, step.target, step.names, step.by))
            continue
        for source in sources:
            if source != goes_on:
                stays.setdefault(source, []).extend(f"{name} → {titles[step.target]}" for name in step.names)
    if goes_on:
        stays[goes_on] = [more]
    return Flow(steps=steps, stays=stays, anywhere=list(flow.anywhere))


def _beside(drawing: Drawing) -> list[Sheet]:
    """What runs beside the main line, as many on a sheet as fit."""
    found: list[Sheet] = []
    waiting: list[tuple[str, Placed]] = []
    for strip in drawing.strips():
        if waiting and _drawn(drawing, [*waiting, strip])[2] + HEAD > HIGH:
            found.append(_drawn(drawing, waiting))
            waiting = []
        waiting.append(strip)
    return [*found, _drawn(drawing, waiting)] if waiting else found


def _drawn(drawing: Drawing, strips: Sequence[tuple[str, Placed]]) -> Sheet:
    out = [written(10, LINE + 4, drawing.words.beside, TITLE, INK, anchor="start", weight="650")]
    y, drawn = drawing.below(strips, WIDE - 20, LINE + 18)
    out += drawn
    y += drawing.legend(out, y)
    across = sum(placed.width + 44 for _title, placed in strips)
    return out, min(WIDE, max(WIDE / 2, across)), y, []
