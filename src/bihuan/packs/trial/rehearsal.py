"""A pack's stories played with the rules alone: no database, no rooms beside the procedure, a story in milliseconds.

What only rooms know (who sees a case, which notices and papers went out) is not looked at, and nobody's scope is: ``bihuan
packs play`` does that (docs/rules/packs.md, *What a rehearsal knows*).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from bihuan.packs.later import Act, Story
from bihuan.packs.proofs.told_place import ToldPlace
from bihuan.packs.telling import FIRST, KEPT, LOOKS, RESIDENT, SYSTEM, UNSEEN, StoryFault, instant
from bihuan.packs.trial.outcome import Outcome, ToldCase, Wrong
from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import read_all
from bihuan.rules.clocks.shape import Reading
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.decide import (
    LIMIT_PASSED,
    CaseView,
    Decision,
    Position,
    Refusal,
    decide,
    due_automatic,
    limits_passed,
    open_case,
)
from bihuan.rules.procedure.pairing import COUNTED_FROM, SPLIT_FROM, answered_by, brought, given_on, linked, parting
from bihuan.rules.procedure.shape import Action, Need, Pair, Procedure, opening_act
from bihuan.rules.routing import chain_of, climb
from bihuan.rules.terms import RESIDENT as RESIDENT_DOER
from bihuan.rules.terms import SYSTEM as SYSTEM_DOER
from bihuan.rules.terms import Doer

MOST_LOOKS: Final = 400
PERSON: Final = 1
"""The number under which a rehearsal knows whoever a story names: there is no vault here."""
REFUSED: Final = "refused: "
"""What is wrong with an act that is refused although it is told to happen: this, and the sentence."""
FROM_BATCH: Final = "from_batch"
"""The fact that the door notes in the first event of a case that came with an import."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not go as told: where it stands in the story (``act``, number, ``expect``, ``state``), and what is so instead.

    ``refusal``: the sentence with which the act that stands there was refused.
    """

    place: tuple[str, ...]
    say: str
    refusal: str = ""


@dataclass(slots=True)
class Rehearsal:
    """Plays stories of one pack. ``own``: what the rules themselves (not the pack's sentences) refused in the first playing."""

    place: ToldPlace
    calendar: Calendar
    own: dict[tuple[str, int], str] = field(default_factory=dict)

    def wrong(self, story: Story, procedure: Procedure | None = None, *, first: bool = False) -> list[str]:
        """What does not go as told, under the pack's procedure or another in its place; ``first`` ends at the first thing."""
        return [one.say for one in islice(self.differences(story, procedure), 1 if first else None)]

    def differences(self, story: Story, procedure: Procedure | None = None) -> Iterator[Difference]:
        """The same, each with its place in the story; found as the story goes on."""
        rules = procedure or self.place.pack.procedures[story.procedure]
        yield from self.of(Telling(self, story, rules, learning=procedure is None))

    def of(self, telling: Telling) -> Iterator[Difference]:
        """What does not go as told in one telling; that it cannot go on at all is the last of it."""
        try:
            yield from telling.play()
        except (StoryFault, ValueError, KeyError, IndexError) as error:
            yield Difference(telling.where, f"{type(error).__name__}: {error}")


class Telling:
    """One story on its way, under the pack's procedure or a mutant of it. ``case`` is the one that is told of just now."""

    def __init__(self, rehearsal: Rehearsal, story: Story, rules: Procedure, *, learning: bool) -> None:
        """Begin; ``learning``: note what the rules themselves refuse, so that later playings can be compared."""
        self.rehearsal, self.story, self.rules, self.learning = rehearsal, story, rules, learning
        self.place, self.calendar = rehearsal.place, rehearsal.calendar
        self.table = self.place.tree.table
        self.where: tuple[str, ...] = ()
        self.case = ToldCase(1)
        self.cases = {FIRST: self.case}
        self.outcome = Outcome(self)
        self.at = instant(story.starts, datetime.min.replace(tzinfo=UTC), self.calendar)

    @property
    def events(self) -> list[Event]:
        """The events of the case told of just now."""
        return self.case.events

    @property
    def positions(self) -> dict[str, Position]:
        """Where its threads stand."""
        return self.case.positions

    def play(self) -> Iterator[Difference]:
        """Every act, then the end; what is wrong on the way. ``where`` says how far it is."""
        for n, act in enumerate(self.story.acts):
            self.where = ("act", str(n + 1))
            for key, wrong in self._step(n, act):
                refusal = wrong.removeprefix(REFUSED) if not key else ""
                yield Difference((*self.where, *key), f"act {n + 1} {act.does}: {wrong}", refusal)
        self.where = ("end",)
        end = dict(self.story.end)
        if "at" in end:
            self.wait_until(str(end.pop("at")))
        self.turn_to(FIRST)
        for key, wrong in self._expected(end):
            yield Difference((*self.where, *key), f"end: {wrong}")

    def turn_to(self, name: str) -> None:
        """Tell of this case from now on; of a name not heard yet, of a new one."""
        if name not in self.cases:
            self.cases[name] = ToldCase(len(self.cases) + 1)
        self.case = self.cases[name]

    def step(self, n: int, act: Act) -> Iterator[str]:
        """Let the time pass to an act and do it; what of it is not as told."""
        return (wrong for _key, wrong in self._step(n, act))

    def _step(self, n: int, act: Act) -> Iterator[Wrong]:
        self.wait_until(act.at if n or act.at else self.story.starts)
        yield from self._act(n, act)

    def wait_until(self, written: str) -> None:
        """Let time pass. Raises StoryFault for what is no instant."""
        self._wait(instant(written, self.at, self.calendar))

    # -- acts ---------------------------------------------------------------------------------------------------------

    def _act(self, n: int, act: Act) -> Iterator[Wrong]:
        self.turn_to(act.case or FIRST)
        if n == 0:
            yield from ((("begins",), wrong) for wrong in self._begins(act))
        refusal = self._open(act) if not self.events else self._perform(act)
        if refusal is None:
            if act.refused:
                yield ("refused",), f"not refused: {act.refused!r}"
        elif not act.refused:
            yield (), f"{REFUSED}{refusal.say}"
        elif not self._refused_as_told(n, act, refusal):
            yield ("refused",), f"refused with {act.refused!r} expected, {refusal.say!r} said"
        yield from ((("expect", *key), wrong) for key, wrong in self._expected(act.expect))

    def _refused_as_told(self, n: int, act: Act, refusal: Refusal) -> bool:
        """Whether an act is refused with the sentence that is told, or the one that the rules themselves said before."""
        if self.learning and (refusal.msgid or act.refused == UNSEEN):
            self.rehearsal.own[self.story.key, n] = refusal.say
            return True
        return act.refused in refusal.say or self.rehearsal.own.get((self.story.key, n)) == refusal.say

    def _begins(self, act: Act) -> Iterator[str]:
        """Who else could open such a case, and who could not, as the story tells."""
        for names, wanted in ((self.story.may_begin, True), (self.story.may_not_begin, False)):
            for who in names:
                if isinstance(self._opening(act, self.doer(who)), Refusal) == wanted:
                    yield f"{who} {'may not' if wanted else 'may'} begin"

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
        opened = self._opening(act, self.doer(act.who))
        return self._take(opened)

    def _opening(self, act: Act, doer: Doer) -> Decision | Refusal:
        start = opening_act(self.rules)
        facts = self._facts(start.needs, act.facts)
        facts.pop("anonymous", None)
        imported = facts.pop("imported", False)
        opened = self._begun(facts, doer, str(facts.get("area", "")))
        return _noting(opened, {FROM_BATCH: 1}) if imported and isinstance(opened, Decision) else opened

    def _begun(self, facts: dict[str, Any], doer: Doer, area: str) -> Decision | Refusal:
        about = int(facts.get("about_unit", 0))
        return open_case(
            self.rules, facts=facts, doer=doer, at=self.at, calendar=self.calendar, directory=self.table,
            centre=self._receiving(doer.unit, area, about), area_code=area, about_unit=about,
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
        doer = self.doer(act.who)
        if act.other and action.pair is not None:
            return self._together(act, action, action.pair, doer)
        decided = self._decide(self.view(), thread, key, self._facts(action.needs, facts), doer)
        return self._take(decided)

    def _decide(
        self, view: CaseView, thread: str, key: str, facts: dict[str, Any], doer: Doer, *, paired: bool = False
    ) -> Decision | Refusal:
        return decide(
            view, thread=thread, action=key, facts=facts, doer=doer, at=self.at, calendar=self.calendar,
            directory=self.table, paired=paired,
        )  # fmt: skip

    # -- two cases ----------------------------------------------------------------------------------------------------

    def _together(self, act: Act, action: Action, pair: Pair, doer: Doer) -> Refusal | None:
        """An act and its counterpart on the other case, both or neither, as the door does it."""
        if pair.act == self.rules.start_action:
            return self._split(act, action, pair, doer)
        if act.other not in self.cases:
            raise StoryFault(f"the story has no case {act.other!r}")
        one, other = self.case, self.cases[act.other]
        counterpart = self._action("", pair.act)
        if counterpart.pair is None:
            raise StoryFault(f"{pair.act!r} is no act on two cases")
        if pair.unlink and not linked(self.rules, one.events, other.number, pair, action):
            return Refusal(code="not_found", say=UNSEEN)
        facts = {**self._facts(action.needs, act.facts), pair.fact: other.number}
        first = self._decide(self.view(), MAIN, action.key, facts, doer, paired=True)
        if isinstance(first, Refusal):
            return first
        limits = brought(self.rules, one.events, self.rules, counterpart, self.calendar, self.at)
        self.case = other
        second = self._decide(self.view(), MAIN, pair.act, {counterpart.pair.fact: one.number, **limits}, doer, paired=True)
        self.case = one
        if isinstance(second, Refusal):
            return second
        for self.case, decided in ((other, second), (one, first)):
            self._take(decided)
        return None

    def _split(self, act: Act, action: Action, pair: Pair, doer: Doer) -> Refusal | None:
        """Part of what was reported as a case of its own: its overall limits count from the first report."""
        one, first = self.case, self.events[0]
        noted = self._decide(self.view(), MAIN, action.key, {pair.fact: one.number}, doer, paired=True)
        if isinstance(noted, Refusal):
            return noted
        start = self._action("", self.rules.start_action)
        kept = {name: first.facts[name] for name in KEPT if first.facts.get(name)}
        facts = {**kept, **self._facts(start.needs, act.facts)}
        area = str(facts.setdefault("area", first.facts.get("area")))
        opened = self._begun(facts, doer, area)
        if isinstance(opened, Refusal):
            return opened
        counted = str(first.facts.get(COUNTED_FROM) or first.at.isoformat())
        self.turn_to(act.other)
        self._take(_noting(opened, {SPLIT_FROM: one.number, COUNTED_FROM: counted}))
        self.case = one
        self._take(noted)
        return None

    def _following(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """What becomes of cases merged into one that came to something: (case, act, facts); "" for the facts = taken back."""
        apart, given = parting(self.rules), given_on(self.rules)
        if len(self.cases) == 1 or apart is None or apart.pair is None:
            return
        for name, case in self.cases.items():
            for lead in self.cases.values():
                if lead is case or not linked(self.rules, case.events, lead.number, apart.pair, apart):
                    continue
                office = answered_by(self.rules, lead.events)
                if office and given is not None and case.positions[MAIN].state in given.from_:
                    yield name, given.key, {"office": office}
                elif not office and not lead.positions[MAIN].open:
                    yield name, apart.key, {"other": lead}

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
        self.events.extend(decided.events)
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
        """Let time pass; the worker looks when something has come due in a case, and when the time is over."""
        for _ in range(MOST_LOOKS):
            look = self._next_look(end)
            if look is None:
                break
            self.at = look
            self._work()
        self.at = end
        self._work()

    def _next_look(self, end: datetime) -> datetime | None:
        moments: list[datetime] = [self.at for _ in self._following()]
        for _ in self._each():
            moments += [one.due_at for one in self.readings() if one.due_at and one.state in ("running", "paused")]
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
        for _ in self._each():
            for thread, action in due_automatic(self.view(), self.at, self.calendar, self.table):
                self._system(thread, action, {})
            for thread, clock in limits_passed(self.view(), self.at, self.calendar):
                self._system(thread, LIMIT_PASSED, {"clock": clock})
        now = self.case
        for name, action, facts in list(self._following()):
            self.case = self.cases[name]
            if "other" not in facts:
                self._system(MAIN, action, facts)
                continue
            lead = next(key for key, case in self.cases.items() if case is facts["other"])
            spec = self._action("", action)
            if spec.pair is not None:
                self._together(Act(at="", who=SYSTEM, does=action, other=lead), spec, spec.pair, SYSTEM_DOER)
        self.case = now

    def _each(self) -> Iterator[ToldCase]:
        """Every case in its turn as the one that is told of."""
        now = self.case
        for case in list(self.cases.values()):
            if case.events:
                self.case = case
                yield case
        self.case = now

    def _system(self, thread: str, action: str, facts: dict[str, Any]) -> None:
        self._take(self._decide(self.view(), thread, action, facts, SYSTEM_DOER))

    def readings(self) -> tuple[Reading, ...]:
        """Every clock as it stands now."""
        return read_all(self.rules, self.events, self.calendar, self.at)

    # -- what came of it ----------------------------------------------------------------------------------------------

    def _expected(self, expect: Mapping[str, Any]) -> Iterator[Wrong]:
        """What is not as told of the case, and of the others that the expectation names."""
        now = self.case
        yield from self.outcome.differences(expect)
        for name, of_it in expect.get("cases", {}).items():
            if name not in self.cases:
                raise StoryFault(f"the story has no case {name!r}")
            self.case = self.cases[name]
            yield from ((("cases", name, *key), f"{name}: {wrong}") for key, wrong in self.outcome.differences(of_it))
        self.case = now


def _noting(opened: Decision, facts: Mapping[str, Any]) -> Decision:
    """The opening with what the door itself notes in its first event."""
    first, *others = opened.events
    return replace(opened, events=(replace(first, facts={**first.facts, **facts}), *others))
