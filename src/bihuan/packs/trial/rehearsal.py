"""A pack's stories played with the rules alone: no database, no rooms beside the procedure, a story in milliseconds.

What only rooms know (who sees a case, which notices went out) is not looked at; ``bihuan packs play`` does that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from bihuan.packs.later import Act, Story
from bihuan.packs.proofs.told_place import ToldPlace
from bihuan.packs.telling import RESIDENT, SYSTEM, UNSEEN, StoryFault, instant
from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import kind_of, read_all
from bihuan.rules.clocks.shape import Reading
from bihuan.rules.events import MAIN, Event
from bihuan.rules.lights import light_of
from bihuan.rules.procedure.decide import (
    LIMIT_NEAR,
    LIMIT_PASSED,
    CaseView,
    Decision,
    Position,
    Refusal,
    available,
    decide,
    due_automatic,
    limits_passed,
    open_case,
)
from bihuan.rules.procedure.shape import Action, Need, Procedure
from bihuan.rules.routing import chain_of, climb
from bihuan.rules.terms import RESIDENT as RESIDENT_DOER
from bihuan.rules.terms import SYSTEM as SYSTEM_DOER
from bihuan.rules.terms import Doer

LOOKS: Final = (time(0, 10), time(8, 35), time(9, 5), time(12, 5), time(14, 0), time(17, 35))
"""When the worker looks for what has come due between two acts."""
MOST_LOOKS: Final = 400
PERSON: Final = 1
"""The number under which a rehearsal knows whoever a story names: there is no vault here."""


@dataclass(slots=True)
class Rehearsal:
    """Plays stories of one pack. ``own``: what the rules themselves (not the pack's sentences) refused in the first playing."""

    place: ToldPlace
    calendar: Calendar
    own: dict[tuple[str, int], str] = field(default_factory=dict)

    def wrong(self, story: Story, procedure: Procedure | None = None, *, first: bool = False) -> list[str]:
        """What does not go as told, under the pack's procedure or another in its place; ``first`` ends at the first thing."""
        rules = procedure or self.place.pack.procedures[story.procedure]
        case = Telling(self, story, rules, learning=procedure is None)
        found: list[str] = []
        try:
            for wrong in case.play():
                found.append(wrong)
                if first:
                    break
        except (StoryFault, ValueError, KeyError, IndexError, StopIteration) as error:
            found.append(f"{type(error).__name__}: {error}")
        return found


class Telling:
    """One story on its way, under the pack's procedure or a mutant of it: the case as events and positions."""

    def __init__(self, rehearsal: Rehearsal, story: Story, rules: Procedure, *, learning: bool) -> None:
        """Begin; ``learning``: note what the rules themselves refuse, so that later playings can be compared."""
        self.rehearsal, self.story, self.rules, self.learning = rehearsal, story, rules, learning
        self.place, self.calendar = rehearsal.place, rehearsal.calendar
        self.table = self.place.tree.table
        self.events: list[Event] = []
        self.positions: dict[str, Position] = {}
        self.at = instant(story.starts, datetime.min.replace(tzinfo=UTC), self.calendar)
        self.seen = 0

    def play(self) -> Iterator[str]:
        """Every act, then the end; what is wrong on the way."""
        for n, act in enumerate(self.story.acts):
            yield from (f"act {n + 1} {act.does}: {wrong}" for wrong in self.step(n, act))
        end = dict(self.story.end)
        if "at" in end:
            self.wait_until(str(end.pop("at")))
        yield from (f"end: {wrong}" for wrong in self._differences(end))

    def step(self, n: int, act: Act) -> Iterator[str]:
        """Let the time pass to an act and do it; what of it is not as told."""
        self.wait_until(act.at if n or act.at else self.story.starts)
        yield from self._act(n, act)

    def wait_until(self, written: str) -> None:
        """Let time pass. Raises StoryFault for what is no instant."""
        self._wait(instant(written, self.at, self.calendar))

    # -- acts ---------------------------------------------------------------------------------------------------------

    def _act(self, n: int, act: Act) -> Iterator[str]:
        refusal = self._open(act) if not self.events else self._perform(act)
        if refusal is None:
            if act.refused:
                yield f"not refused: {act.refused!r}"
        elif not act.refused:
            yield f"refused: {refusal.say}"
        elif self.learning and (refusal.msgid or act.refused == UNSEEN):
            self.rehearsal.own[self.story.key, n] = refusal.say
        elif act.refused not in refusal.say and self.rehearsal.own.get((self.story.key, n)) != refusal.say:
            yield f"refused with {act.refused!r} expected, {refusal.say!r} said"
        yield from self._differences(act.expect)

    def doer(self, who: str) -> Doer:
        """A member of the cast, the resident or the system. Raises StoryFault."""
        if who in (RESIDENT, SYSTEM):
            return RESIDENT_DOER if who == RESIDENT else SYSTEM_DOER
        told = self.story.cast.get(who)
        unit, post = self.place.seat(told)
        person = self.doer(told["same"]).account if isinstance(told, Mapping) and "same" in told else 0
        posts = [one.key for one in self.place.pack.posts]
        return Doer(kind="staff", account=person or unit * 1000 + posts.index(post), unit=unit, post=post)

    def _open(self, act: Act) -> Refusal | None:
        start = next(action for action in self.rules.actions if action.key == self.rules.start_action)
        facts = self._facts(start.needs, act.facts)
        facts.pop("anonymous", None)
        area, about, doer = str(facts.get("area", "")), int(facts.get("about_unit", 0)), self.doer(act.who)
        centre = self._receiving(doer.unit, area, about)
        return self._take(
            open_case(
                self.rules, facts=facts, doer=doer, at=self.at, calendar=self.calendar, directory=self.table,
                centre=centre, area_code=area, about_unit=about,
            )
        )  # fmt: skip

    def _receiving(self, unit: int, area: str, about: int) -> int:
        """The unit that receives, as the door finds it."""
        kinds = {kind.key: kind for kind in self.place.pack.unit_kinds}
        start = 0
        for above in chain_of(unit, self.table):
            fact = self.table.unit(above)
            if fact is not None and area.startswith(fact.area_code) and (kinds[fact.kind].centre or kinds[fact.kind].receives):
                start = above
                break
        if not start:
            for level in sorted(self.place.pack.levels, key=lambda level: -level.digits):
                start = self.table.centre_at(level.key, area)
                fact = self.table.unit(start) if start else None
                if fact is not None and kinds[fact.kind].centre:
                    break
        return climb(start, (about,) if about else (), self.table)

    def _perform(self, act: Act) -> Refusal | None:
        kind, _, key = act.does.rpartition(".")
        facts = dict(act.facts)
        thread = self._thread(kind, str(facts.pop("of", ""))) if kind else MAIN
        action = self._action(kind, key)
        decided = decide(
            self.view(), thread=thread, action=key, facts=self._facts(action.needs, facts), doer=self.doer(act.who), at=self.at,
            calendar=self.calendar, directory=self.table,
        )  # fmt: skip
        return self._take(decided)

    def _action(self, kind: str, key: str) -> Action:
        specs = {"": self.rules.actions} | {thread.key: thread.actions for thread in self.rules.threads}
        for action in specs.get(kind, ()):
            if action.key == key:
                return action
        raise StoryFault(f"there is no act {kind}.{key}")

    def _thread(self, kind: str, of: str) -> str:
        open_ = [position for position in self.positions.values() if position.kind == kind and position.open]
        if of:
            item = of if of.isdigit() else str(self._unit_of(of))
            open_ = [position for position in open_ if position.item == item]
        if len(open_) != 1:
            raise StoryFault(f"{len(open_)} open threads of {kind!r} {of}")
        return open_[0].thread

    def _unit_of(self, of: str) -> int:
        return self.place.seat(self.story.cast[of])[0] if of in self.story.cast else self.place.unit(of)

    def _facts(self, needs: Mapping[str, Need], given: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._fact(needs.get(name), value) for name, value in given.items()}

    def _fact(self, need: Need | None, value: Any) -> Any:
        if need is not None and need.type == "person" and isinstance(value, Mapping) and value.get("name"):
            return PERSON  # the vault keeps who it is and gives a number
        if need is None or need.type not in ("unit", "units", "area", "areas"):
            return value
        find = self.place.unit if need.type.startswith("unit") else self.place.area
        return [find(str(one)) for one in value] if isinstance(value, list) else find(str(value))

    def _take(self, decided: Decision | Refusal) -> Refusal | None:
        if isinstance(decided, Refusal):
            return decided
        self.events += decided.events
        for move in decided.moves:
            known = self.positions.get(move.thread)
            self.positions[move.thread] = Position(
                thread=move.thread, kind=move.kind, item=move.item, state=move.to_state, holder=move.holder,
                version=known.version + 1 if known else 1, open=move.open,
            )  # fmt: skip
        return None

    def view(self) -> CaseView:
        """The case as the rules see it now."""
        return CaseView(procedure=self.rules, events=tuple(self.events), positions=dict(self.positions))

    # -- time ---------------------------------------------------------------------------------------------------------

    def _wait(self, end: datetime) -> None:
        """Let time pass; the worker looks when something has come due, and when the time is over."""
        for _ in range(MOST_LOOKS):
            look = self._next_look(end)
            if look is None:
                break
            self.at = look
            self._work()
        self.at = end
        self._work()

    def _next_look(self, end: datetime) -> datetime | None:
        if not self.events:
            return None
        moments = [reading.due_at for reading in self.readings() if reading.due_at and reading.state in ("running", "paused")]
        moments += self._dates()
        coming = [moment for moment in moments if self.at <= moment < end]
        if not coming:
            return None
        first = min(coming)
        day = self.calendar.local(first).date()
        for ahead in (day, day + timedelta(days=1)):
            for clock in LOOKS:
                look = self.calendar.at_wall_clock(datetime.combine(ahead, clock))
                if look > max(first, self.at):
                    return look if look < end else None
        return None

    def _dates(self) -> list[datetime]:
        """The instants on which an automatic act waits."""
        parts = [self.rules.actions, *(thread.actions for thread in self.rules.threads)]
        names = {action.automatic.date_fact for actions in parts for action in actions if action.automatic} - {""}
        found = []
        for event in self.events:
            for name in names & set(event.facts):
                value = event.facts[name]
                if isinstance(value, str) and value:
                    at = datetime.fromisoformat(value)
                    found.append(at if at.tzinfo else self.calendar.at_wall_clock(at))
        return found

    def _work(self) -> None:
        """What the worker does now: acts whose date or clock has come, limits that have passed."""
        if not self.events:
            return
        for thread, action in due_automatic(self.view(), self.at, self.calendar, self.table):
            self._system(thread, action, {})
        for thread, clock in limits_passed(self.view(), self.at, self.calendar):
            self._system(thread, LIMIT_PASSED, {"clock": clock})

    def _system(self, thread: str, action: str, facts: dict[str, Any]) -> None:
        self._take(
            decide(
                self.view(), thread=thread, action=action, facts=facts, doer=SYSTEM_DOER, at=self.at, calendar=self.calendar,
                directory=self.table,
            )
        )  # fmt: skip

    def readings(self) -> tuple[Reading, ...]:
        """Every clock as it stands now."""
        return read_all(self.rules, self.events, self.calendar, self.at)

    # -- what came of it ----------------------------------------------------------------------------------------------

    def _differences(self, expect: Mapping[str, Any]) -> Iterator[str]:
        happened = {event.kind for event in self.events[self.seen :]}
        self.seen = len(self.events)
        main = self.positions.get(MAIN)
        state = main.state if main else ""
        if expect.get("state", state) != state:
            yield f"state {state}, not {expect['state']}"
        for kind, wanted in expect.get("threads", {}).items():
            stands = sorted(position.state for position in self.positions.values() if position.kind == kind)
            if stands != sorted([wanted] if isinstance(wanted, str) else wanted):
                yield f"{kind} {stands}, not {wanted}"
        yield from (f"no {kind}" for kind in expect.get("events", ()) if kind not in happened and kind != LIMIT_NEAR)
        if {"light", "due", "charged"} & set(expect):
            yield from self._clocks(expect)
        for word, may in (("can", True), ("cannot", False)):
            for who, acts in expect.get(word, {}).items():
                offered = self._offered(who)
                yield from (f"{who} {'may not' if may else 'may'} {act}" for act in acts if (act in offered) != may)

    def _clocks(self, expect: Mapping[str, Any]) -> Iterator[str]:
        readings = [reading for reading in self.readings() if reading.state != "idle"]
        for key, wanted in expect.get("light", {}).items():
            lights = [light_of(one, self.at) for one in readings if one.key == key]  # one for each thread of its kind
            if wanted not in [str(light or "none") for light in lights or [None]]:
                yield f"light of {key} not {wanted}"
        for key, due in expect.get("due", {}).items():
            if instant(str(due), self.at, self.calendar) not in {one.due_at for one in readings if one.key == key}:
                yield f"{key} not due {due}"
        for key, unit in expect.get("charged", {}).items():
            if self.place.unit(str(unit)) not in {one.charged.unit for one in readings if one.key == key}:
                yield f"{key} not charged to {unit}"

    def _offered(self, who: str) -> set[str]:
        offers = available(self.view(), self.doer(who), self.at, self.calendar, self.table)
        return {
            offer.action.key if offer.thread == MAIN else f"{kind_of(offer.thread)}.{offer.action.key}"
            for offer in offers
            if not offer.refused
        }


def rehearsable(rehearsal: Rehearsal, stories: tuple[Story, ...]) -> tuple[list[Story], dict[str, str]]:
    """The stories that go as told with the rules alone, and why the others do not (they need rooms beside the procedure)."""
    good, others = [], {}
    for story in stories:
        wrong = rehearsal.wrong(story)
        if wrong:
            others[story.key] = wrong[0]
        else:
            good.append(story)
    return good, others
