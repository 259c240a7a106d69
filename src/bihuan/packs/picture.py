"""A procedure as a picture (SVG) that people read: states as boxes, acts as named arrows, lines of work beside it below.

Only presentation attributes are used, no styles and no scripts, so that it stands in a page under a strict policy as well
as in a file of its own. Colours come from the classes of the page where it has some.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from bihuan.packs.layout import LINE, PAD, TEXT, TITLE, Arrow, Box, Flow, Placed, flow_of, moved, place, way_of, wide
from bihuan.packs.shape import Pack
from bihuan.rules.procedure.shape import Action, Procedure, State, ThreadSpec
from bihuan.rules.terms import HolderSpec

FONT = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"
INK, MUTED, LINES, PAPER, PRIMARY, WEAK, RESIDENT = "#1b2733", "#52616f", "#52616f", "#ffffff", "#17508f", "#e8f0f9", "#7d5100"
BETWEEN = 34
WIDE = 700
"""A picture this wide (points) is not made narrower than can be read: the page scrolls it."""


@dataclass(frozen=True, slots=True)
class Words:
    """The few words of the picture that no pack has, in its language."""

    by_system: str = "系统"
    by_resident: str = "群众"
    approval: str = "须批准"
    anywhere: str = "未结束前都可以："
    beside: str = "同时进行"
    end: str = "结束"
    title: str = "“{procedure}”流程图"
    told: str = "从“{start}”开始，通常依次经过{way}。方框是环节，箭头是办理动作；完整内容见旁边的表。"
    staff: str = "工作人员"
    sheet: str = "{procedure}（{n}/{all}）"
    before: str = "接上一张"
    more: str = "见下一张"


ENGLISH = Words(
    by_system="system",
    by_resident="resident",
    approval="with approval",
    anywhere="Until it ends, at any stage: ",
    beside="Beside it",
    end="end",
    title="The procedure “{procedure}” as a picture",
    told="It begins with “{start}” and usually goes through {way}. Boxes are stages, arrows are acts; the tables say it all.",
    staff="staff",
    sheet="{procedure} ({n} of {all})",
    before="from the sheet before",
    more="on the next sheet",
)


def words_in(language: str) -> Words:
    """The picture's own words in a language ("zh-hans", "en"); Chinese for any other."""
    return ENGLISH if language.startswith("en") else Words()


def graph(pack: Pack, procedure: str, language: str = "zh", *, here: str = "") -> str:
    """The picture of one of the pack's procedures as SVG. ``here``: the state that is marked. Raises KeyError."""
    return Drawing(pack, pack.procedures[procedure], language, here).svg()


class Drawing:
    """One picture in one language."""

    def __init__(self, pack: Pack, procedure: Procedure, language: str, here: str) -> None:
        self.pack, self.procedure, self.language, self.here = pack, procedure, language, here
        self.words = words_in(language)

    def _say(self, group: str, part: str, key: str, otherwise: str) -> str:
        dotted = f"{group}.{part}.{key}"
        said = self.pack.say(dotted, self.language)
        return otherwise or key if said == dotted else said

    def _holder(self, spec: HolderSpec | None) -> str:
        return self.pack.say(f"post.{spec.post}", self.language) if spec and spec.post else ""

    def _part(
        self,
        part: str,
        states: Sequence[State],
        actions: Sequence[Action],
        start: tuple[str, str],
        ladder: Sequence[str] = (),
        entry: str = "",
    ) -> tuple[Placed, list[str], list[str]]:
        """The main line or a thread, placed; the names of its stages on the ordinary way; acts that are possible anywhere."""
        titles, flow, way = self.course(part, states, actions, start, ladder)
        placed = place(states, flow, way, titles=titles, holders=self.holders(states), entry=entry)
        return placed, [titles[key] for key in way], flow.anywhere

    def course(
        self, part: str, states: Sequence[State], actions: Sequence[Action], start: tuple[str, str], ladder: Sequence[str] = ()
    ) -> tuple[dict[str, str], Flow, list[str]]:
        """Titles of the states, the steps between them, and the ordinary way, of the main line or a thread."""

        def said(action: Action) -> str:
            name = self._say("action", part, action.key, action.title)
            return f"{name}（{self.words.approval}）" if action.approve and not self.language.startswith("en") else name

        titles = {state.key: self._say("state", part, state.key, state.title) for state in states}
        return titles, flow_of(states, actions, start[0], ladder, said), way_of(states, actions, start[1], ladder)

    def holders(self, states: Sequence[State]) -> dict[str, str]:
        """Who holds each state that is not final."""
        return {state.key: self._holder(state.holder) for state in states if not state.final}

    def entry(self) -> str:
        """The name of the act with which the procedure begins."""
        spec = self.procedure
        start = next((action for action in spec.actions if action.key == spec.start_action), None)
        return self._say("action", spec.key, start.key, start.title) if start else ""

    def title(self) -> str:
        """The procedure's name."""
        name = self.pack.say(f"procedure.{self.procedure.key}", self.language)
        return self.procedure.title if name.startswith("procedure.") else name

    def svg(self) -> str:
        """The whole picture."""
        spec = self.procedure
        main, way, anywhere = self._part(
            spec.key, spec.states, spec.actions, (spec.start_action, spec.start_state), spec.ladder, self.entry()
        )
        out = [self.placed(main)]
        y = main.height + 10
        if anywhere:
            out.append(written(10, y + LINE, self.words.anywhere + "、".join(anywhere), TEXT, INK, anchor="start"))
            y += LINE + 12
        strips = self.strips()
        width = max([main.width, *(strip[1].width for strip in strips)])
        if strips:
            out.append(written(10, y + LINE + 4, self.words.beside, TITLE, INK, anchor="start", weight="650"))
            y += LINE + 18
        y, drawn = self.below(strips, width, y)
        out += drawn
        y += self.legend(out, y)
        return self.whole(out, width + 8, y, way)

    def strips(self) -> list[tuple[str, Placed]]:
        """The lines of work beside the main one, each with its name."""
        return [self._strip(thread) for thread in self.procedure.threads if not thread.approves]

    def _strip(self, thread: ThreadSpec) -> tuple[str, Placed]:
        part = f"{self.procedure.key}.{thread.key}"
        opener = next((action for action in self.procedure.actions if action.key in thread.openers), None)
        entry = self._say("action", self.procedure.key, opener.key, opener.title) if opener else ""
        placed, _way, _anywhere = self._part(part, thread.states, thread.actions, ("", thread.start), (), entry)
        return self._say("thread", self.procedure.key, thread.key, thread.title), placed

    def below(self, strips: Sequence[tuple[str, Placed]], width: float, y: float) -> tuple[float, list[str]]:
        """The threads side by side in rows below the main line, each with its name."""
        drawn: list[str] = []
        x, high = 10.0, 0.0
        for title, placed in strips:
            needed = max(placed.width, wide(title, TITLE) + 10)
            if x > 10 and x + needed > width:
                x, y, high = 10.0, y + high + 14, 0.0
            drawn.append(written(x, y + LINE, title, TEXT + 1, PRIMARY, anchor="start", weight="650"))
            drawn.append(self.placed(moved(placed, x, y + LINE + 8)))
            x += needed + BETWEEN
            high = max(high, placed.height + LINE + 10)
        return y + high + (8 if strips else 0), drawn

    def legend(self, out: list[str], y: float) -> float:
        """Whose arrows are which; gives the height it takes."""
        x = 10.0
        for by, word in (("staff", self.words.staff), ("resident", self.words.by_resident), ("system", self.words.by_system)):
            out.append(f'<path d="M{x:.0f} {y + 12:.0f}h34" {_stroke(by)}/>')
            out.append(written(x + 40, y + 17, word, TEXT, MUTED, anchor="start"))
            x += 54 + wide(word)
        out.append(
            f'<rect x="{x:.0f}" y="{y + 4:.0f}" width="26" height="17" rx="8" fill="{PAPER}" stroke="{LINES}" class="end"/>'
        )
        out.append(written(x + 32, y + 17, self.words.end, TEXT, MUTED, anchor="start"))
        return 30

    def whole(self, out: Iterable[str], width: float, height: float, way: Sequence[str], *, sheet: int = 0) -> str:
        """The picture as a file of its own. ``sheet``: which of several, 0 = the only one."""
        title = self.words.title.format(procedure=self.title())
        told = self.words.told.format(start=way[0] if way else "", way=" → ".join(way))
        kind = "picture wide" if width > WIDE else "picture"
        mark = f"picture-{self.procedure.key}" + (f"-{sheet}" if sheet else "")
        return "\n".join(
            (
                (
                    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
                    f'height="{height:.0f}" role="img" aria-labelledby="{mark}-t {mark}-d" class="{kind}" font-family="{FONT}">'
                ),
                f'<title id="{mark}-t">{escape(title)}</title>',
                f'<desc id="{mark}-d">{escape(told)}</desc>',
                *(_head(by) for by in ("staff", "resident", "system")),
                *out,
                "</svg>",
            )
        )

    def placed(self, placed: Placed) -> str:
        """A placed part as lines, boxes and words of SVG."""
        lines = [_arrow(arrow) for arrow in placed.arrows]
        boxes = [self._box(box) for box in placed.boxes]
        labels = [_label(arrow) for arrow in placed.arrows]
        return "\n".join((*lines, *boxes, *labels))

    def _box(self, box: Box) -> str:
        now = box.key == self.here
        fill = WEAK if now or (not box.final and not self.here) else PAPER
        kind = "now" if now else "end" if box.final else "state"
        middle, y = box.x + box.w / 2, box.y + PAD
        edge, thick = LINES if box.final else PRIMARY, 3 if now else 1.4
        out = [
            (
                f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.w:.1f}" height="{box.h:.1f}" rx="{14 if box.final else 6}" '
                f'fill="{fill}" stroke="{edge}" stroke-width="{thick}" class="{kind}"/>'
            ),
            written(middle, y + 15, box.title, TITLE, INK, weight="650"),
        ]
        y += 20
        if box.holder:
            out.append(written(middle, y + 13, box.holder, TEXT, MUTED))
            y += LINE
        if box.inside:
            out.append(f'<path d="M{box.x + 8:.1f} {y + 3:.1f}H{box.x + box.w - 8:.1f}" stroke="{LINES}" stroke-width=".6"/>')
            y += 5
        for line in box.inside:
            out.append(written(box.x + PAD, y + 13, line, TEXT, INK, anchor="start"))
            y += LINE
        return "\n".join(out)


def _stroke(by: str) -> str:
    colour = {"resident": RESIDENT}.get(by, LINES)
    dashes = ' stroke-dasharray="5 3"' if by == "system" else ""
    return f'fill="none" stroke="{colour}" stroke-width="1.4"{dashes} class="by-{by}"'


def _head(by: str) -> str:
    colour = {"resident": RESIDENT}.get(by, LINES)
    return (
        f'<defs><marker id="head-{by}" viewBox="0 0 10 10" refX="9.5" refY="5" markerWidth="8" markerHeight="8" '
        f'orient="auto"><path d="M0 1L10 5L0 9z" fill="{colour}" class="head-{by}"/></marker></defs>'
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _arrow(arrow: Arrow) -> str:
    plain = [line for line in arrow.lines if line != arrow.head]
    out = [f'<path d="{" ".join(_path(line) for line in plain)}" {_stroke(arrow.by)}/>'] if plain else []
    out.append(f'<path d="{_path(arrow.head)}" {_stroke(arrow.by)} marker-end="url(#head-{arrow.by})"/>')
    return "\n".join(out)


def _label(arrow: Arrow) -> str:
    colour = {"resident": RESIDENT, "system": MUTED}.get(arrow.by, INK)
    middle = arrow.label.x + arrow.label.w / 2
    return "\n".join(
        written(middle, arrow.label.y + LINE * n + 14, line, TEXT, colour, halo=True) for n, line in enumerate(arrow.words)
    )


def written(
    x: float, y: float, words: str, size: float, colour: str, *, anchor: str = "middle", weight: str = "", halo: bool = False
) -> str:
    """A line of words at a point; ``halo``: with a border of paper, so that a line behind it does not disturb."""
    more = f' font-weight="{weight}"' if weight else ""
    more += f' paint-order="stroke" stroke="{PAPER}" stroke-width="4" class="named"' if halo else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{more}>{escape(words)}</text>'
