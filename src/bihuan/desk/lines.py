"""Lines of the desk's lists: what a thread or a case says in one row (on a phone: one card)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases.lines import next_action
from bihuan.cases.shapes import MAIN, WorkLine
from bihuan.rulebook.selectors import pack
from bihuan.web.forms import Option
from bihuan.web.speech import Due, Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row. ``next_words`` names the one next act, ``next_href`` opens the case with that act unfolded.

    ``act_href``: where that act's form is, to be opened in place; "" where it is not this actor's turn. ``many``: the acts
    that may be done on this line together with others; ``key`` names the line among those chosen.
    ``at_once``: the next act is one of them and judges nobody's words, so that its button acts by itself.
    """

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
    act_href: str = ""
    many: tuple[Option, ...] = ()
    key: str = ""
    at_once: bool = False
    rules: str = ""
    seen: int = 0
    beside: str = ""
    primary: bool = False


def lines(found: Iterable[WorkLine], speech: Speech, units: Mapping[int, str], actor: Actor) -> list[Line]:
    """Rows in the given order. A next act is named only where it is this actor's turn; the first one is the primary button."""
    rows: list[Line] = []
    for line in found:
        one = _as_held(line, actor)
        turn = bool(one.next_action) and one.holder_unit == actor.unit and one.holder_post in ("", actor.post)
        many = _many(one, speech, actor, turn=turn)
        primary = turn and not any(row.primary for row in rows)
        rows.append(_line(one, speech, units, many, turn=turn, primary=primary))
    return rows


def _as_held(one: WorkLine, actor: Actor) -> WorkLine:
    """The line with the next act that a unit of this actor's kind has, where that unit holds it."""
    if one.holder_unit != actor.unit:
        return one
    procedure = pack(one.pack_digest).procedures[one.procedure]
    wanted = next_action(procedure, one.thread_kind, one.state, one.holder_post, actor.unit_kind)
    return one if wanted == one.next_action else replace(one, next_action=wanted)


def _many(one: WorkLine, speech: Speech, actor: Actor, *, turn: bool) -> tuple[Option, ...]:
    """The acts of this line that may be done on several lines at once: the holder's, and those of this post alone.

    What has to be said for (a reminder) is for others' lines: nobody says it to themselves.
    """
    procedure = pack(one.pack_digest).procedures[one.procedure]
    acts = next((spec.actions for spec in procedure.threads if spec.key == one.thread_kind), procedure.actions)
    whose = {actor.post, "holder"} if turn else {actor.post}
    found = [
        act
        for act in acts
        if act.many and one.state in act.from_ and whose & set(act.who) and not (turn and act.needs and "holder" not in act.who)
    ]
    return tuple(Option(act.key, speech.action(one.procedure, act.key, act.title, one.thread_kind)) for act in found)


def together(rows: Iterable[Line]) -> list[Option]:
    """The acts that can be done on at least two of these lines at once, for the buttons above the list."""
    offered = Counter(option for row in rows for option in row.many)
    return [option for option, lines in offered.items() if lines > 1]


def _line(
    one: WorkLine, speech: Speech, units: Mapping[int, str], many: tuple[Option, ...], *, turn: bool, primary: bool
) -> Line:
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
        stage=stage,
        beside="" if one.thread == MAIN else speech.say("thread", one.procedure, one.thread_kind),
        next_words=speech.action(one.procedure, one.next_action, kind=one.thread_kind) if turn else _("Open"),
        next_href=f"{href}?act={one.thread}.{one.next_action}#acts" if turn else href,
        act_href=f"{href}/act/{one.thread}/{one.next_action}" if turn else "",
        many=many,
        key=f"{one.case_id}.{one.thread}.{one.version}",
        at_once=turn and any(option.value == one.next_action for option in many) and not _judges(one),
        rules=f"{one.pack_digest}:{one.procedure}",
        seen=one.version,
        primary=primary,
    )


def _judges(one: WorkLine) -> bool:
    """True where the next act says yes to what somebody wrote: that has to be read first, so it is opened with those words."""
    procedure = pack(one.pack_digest).procedures[one.procedure]
    acts = next((spec.actions for spec in procedure.threads if spec.key == one.thread_kind), procedure.actions)
    return any(act.says for act in acts if act.key == one.next_action)


def _limit(one: WorkLine, speech: Speech) -> str:
    return _("limit: %(clock)s") % {"clock": speech.clock(one.procedure, one.clock)} if one.clock else ""


def _weight(one: WorkLine, speech: Speech) -> str:
    said = []
    if one.urgency and one.urgency != "normal":
        said.append(speech.short_choice(one.urgency, "urgency"))
    if one.weight not in ("", "ordinary"):
        said.append(speech.short_choice(one.weight, "weight"))
    return " · ".join(said)
