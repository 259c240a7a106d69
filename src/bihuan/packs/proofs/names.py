"""Proof 1 inside a procedure: every name that is used exists, every value asked for can be given, limits cover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

from bihuan.packs.proofs.parts import SINGLE, Strand
from bihuan.packs.proofs.report import Report
from bihuan.packs.reading import Place
from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.procedure.acts import ABOVE_CENTRE, AT_CENTRE, asked_event
from bihuan.rules.procedure.course import RESERVED
from bihuan.rules.procedure.decide import LIMIT_NEAR, LIMIT_PASSED
from bihuan.rules.procedure.guards import ENTERED_STATE
from bihuan.rules.procedure.shape import (
    BEFORE,
    NEXT_ON_LADDER,
    SINCE,
    STAY,
    Action,
    Guard,
    HolderSpec,
    Need,
    Procedure,
    ThreadSpec,
)
from bihuan.rules.routing import SUPERIOR
from bihuan.rules.terms import GRADE, Where

WHO = ("holder", "resident", "system")
CHARGES = ("holder", "nobody")
MOST_COMBINATIONS = 5_000
OPENING_FACTS = ("from_record", "from_batch")
"""Facts that the door itself writes into the opening event of some cases: where they came from."""


class Names:
    """Looks every name of one part up; each that is missing is a finding with what there is instead."""

    def __init__(self, report: Report, strand: Strand) -> None:
        self.report, self.strand = report, strand
        self.posts = [post.key for post in report.pack.posts]
        self.kinds = [kind.key for kind in report.pack.unit_kinds]
        self.placed = [f"{where}{post}" for where in (AT_CENTRE, ABOVE_CENTRE) for post in self.posts]

    def prove(self) -> None:
        """All names of the part."""
        if self.strand.thread is None:
            self._head(self.strand.procedure)
        else:
            self._thread()
        for state in self.strand.part.states:
            place = (*self.strand.place, "state", state.key)
            self._holder(place, state.holder)
            if state.reopens:
                self.known(place, "state", state.reopens.to, self.strand.states)
                if not state.final:
                    self.fault(place, "only a final state can reopen")
        for action in self.strand.part.actions:
            self._action(action)
        for clock in self.strand.part.clocks:
            self._clock(clock)

    def fault(self, place: Place, message: str) -> None:
        """A finding of proof 1."""
        self.report.fault(1, place, message)

    def known(self, place: Place, what: str, name: str, names: Iterable[str]) -> bool:
        """Whether a name exists; a finding where it does not."""
        if name in names:
            return True
        there = ", ".join(sorted(names)) or "none"
        self.fault(place, f"there is no {what} {name!r}; there are: {there}")
        return False

    def _head(self, procedure: Procedure) -> None:
        place = (procedure.key, "procedure")
        self.known(place, "state", procedure.start_state, self.strand.states)
        for kind, state in procedure.starts_in.items():
            self.known(place, "unit kind", kind, self.kinds)
            self.known(place, "state", state, self.strand.states)
        actions = {action.key: action for action in procedure.actions}
        if self.known(place, "action", procedure.start_action, actions):
            opening = actions[procedure.start_action]
            if opening.to.fact or opening.to.state not in (STAY, procedure.start_state):
                self.fault((procedure.key, "action", opening.key), f"it opens the case, so it leads to {procedure.start_state!r}")
        for step in procedure.ladder:
            self.known(place, "state", step, self.strand.states)

    def _thread(self) -> None:
        thread = self.strand.thread
        if thread is None:
            return
        openers = {action.key: action for action in self.strand.procedure.actions}
        self.known(self.strand.place, "state", thread.start, self.strand.states)
        for opener in thread.openers:
            if self.known(self.strand.place, "action", opener, openers) and thread.one_for_each:
                need = openers[opener].needs.get(thread.one_for_each)
                if need is None or need.type not in (*SINGLE, "unit", "choice", "int"):
                    self.fault(
                        self.strand.place, f"one_for_each needs a fact of {opener!r} that lists units or choices, or numbers one"
                    )
                elif thread.numbered and need.type not in SINGLE:
                    self.fault(self.strand.place, f"numbered needs a fact of {opener!r} that lists units, choices or dates")
                elif need.type == "dates" and not thread.numbered:
                    self.fault(self.strand.place, "two lines may have one date: write numbered = the fact that each carries")
        if thread.numbered:
            self._carries(thread)

    def _carries(self, thread: ThreadSpec) -> None:
        """The fact that each numbered thread carries is new, and no state is held by a mere number."""
        asked = {name for action in self.strand.procedure.actions for name in action.needs}
        if thread.numbered in asked or thread.numbered in RESERVED or not thread.one_for_each:
            self.fault(self.strand.place, f"numbered names a new fact, one of one_for_each; {thread.numbered!r} is none")
        for state in thread.states:
            if state.holder is not None and state.holder.item:
                message = f"numbered threads are held by no item: write holder = {{ fact = {thread.numbered!r} }}"
                self.fault((*self.strand.place, "state", state.key), message)

    # -- actions ------------------------------------------------------------------------------------------------------

    def _action(self, action: Action) -> None:
        place = (*self.strand.place, "action", action.key)
        if action.key in (LIMIT_PASSED, LIMIT_NEAR):
            self.fault(place, "this act is built in: the worker enters passed limits by itself")
        for state in action.from_:
            self.known(place, "state", state, self.strand.states)
        self._target(place, action)
        for who in action.who:
            self.known(place, "post", who, self.placed if "." in who else [*WHO, *self.posts])
        for kind in action.holder_in:
            self.known(place, "unit kind", kind, self.kinds)
        self._holder(place, action.who_of)
        self._moves(place, action)
        for name, need in action.needs.items():
            self._need(place, name, need, action.needs)
        for guard in action.guards:
            self._guard(place, guard)
            self._contradicted(place, action, guard)
        for who in action.approve.who if action.approve else ():
            self.known(place, "post", who, [*WHO, *self.posts])
        own = [name for name, need in action.needs.items() if not (need.optional or need.same_for_all)]
        if action.many and own:
            self.fault(place, f"many: each case has its own {own[0]!r}, so that this cannot be done on several cases at once")
        self._automatic(place, action)
        self._pair(place, action)
        self._grades(place, action)

    def _grades(self, place: Place, action: Action) -> None:
        """What the grades look at is asked for, their values can be chosen, and there is one for every matter."""
        for rule in action.grades:
            for where in rule.when:
                self._where(place, where, self.strand.all_needs(), "the case")
        for rule in action.grades[:-1]:
            if not rule.when:
                self.fault(("grade", rule.key), "a grade without when takes every matter: it stands last")
        if action.grades and action.grades[-1].when:
            self.fault(("grade", action.grades[-1].key), "the last grade has no when, so that every matter has one")

    def _contradicted(self, place: Place, action: Action, guard: Guard) -> None:
        """A guard reads a fact as the act itself gives it: one that no choice of the act meets can never be met."""
        need = action.needs.get(guard.fact) if guard.fact else None
        if need is not None and need.of and not need.optional and guard.in_ and not set(need.of) & set(guard.in_):
            self.fault(
                place, f"{guard.fact!r} is what this act itself asks for, and none of its choices is {', '.join(guard.in_)}"
            )

    def _pair(self, place: Place, action: Action) -> None:
        """The other act exists and answers, the facts that name the cases are of type case."""
        pair = action.pair
        if pair is None:
            return
        need = action.needs.get(pair.fact)
        if need is None or need.type != "case":
            self.fault(place, f"the fact {pair.fact!r}, which names the other case, is asked for with type case")
        others = {other.key: other for other in self.strand.part.actions}
        if not self.known(place, "action", pair.act, others) or pair.act == self.strand.part.start_action:
            return
        back = others[pair.act].pair
        if back is None or back.act != action.key:
            self.fault(place, f"{pair.act!r} is not paired with this act: write pair there, too")

    def _moves(self, place: Place, action: Action) -> None:
        """An act that moves the centre, names who keeps the case, or says whom it is about."""
        if self.strand.thread is not None and (action.centre or action.takes or action.about):
            self.fault(place, "only acts of the main thread move the centre, keep the case, or say whom it is about")
        if action.centre and action.centre != SUPERIOR:
            need = action.needs.get(action.centre)
            if need is None or need.type != "unit" or need.optional:
                self.fault(place, f"centre is {SUPERIOR!r}, or a unit that the act asks for; {action.centre!r} is neither")
        if action.takes:
            need = self.strand.all_needs().get(action.takes)
            if need is None or need.type != "unit":
                self.fault(place, f"no act asks for a unit {action.takes!r} that could be taken")
        if action.about and not {"about_unit", "about_post"} & set(action.needs):
            self.fault(place, "who says whom the case is about is asked for about_unit, about_post or both")

    def _automatic(self, place: Place, action: Action) -> None:
        automatic = action.automatic
        if automatic is None:
            return
        if automatic.count:
            self._guard(place, automatic.count)
        if automatic.date_fact:
            need_of_date = self.strand.all_needs().get(automatic.date_fact)
            if need_of_date is None or need_of_date.type not in ("date", "instant"):
                self.fault(place, f"no act asks for a date or instant {automatic.date_fact!r}")
        for clock in automatic.clock_red:
            self.known(place, "clock", clock, self.strand.clocks)
        if any(not need.optional and not need.when.facts for need in action.needs.values()):
            self.fault(place, "the system has no facts to give: an automatic act may ask for none")

    def _target(self, place: Place, action: Action) -> None:
        words = (STAY, BEFORE, *self.strand.states)
        ladder = (NEXT_ON_LADDER,) if self.strand.procedure.ladder and self.strand.thread is None else ()
        if action.to.state:
            self.known(place, "state", action.to.state, (*words, *ladder))
        for state in action.to.by_value.values():
            self.known(place, "state", state, (*words, *ladder))
        if not action.to.fact:
            return
        need = action.needs.get(action.to.fact) or self.strand.all_needs().get(action.to.fact)
        if need is None:
            self.fault(place, f"the target depends on {action.to.fact!r}, which no act asks for")
        elif need.of:
            for value in action.to.by_value:
                self.known(place, f"value of {action.to.fact}", value, need.of)
            missing = sorted(set(need.of) - set(action.to.by_value))
            if missing and not action.to.state:
                self.fault(place, f"the target names no state for {missing}; write one for each, or state = for the others")

    def _need(self, place: Place, name: str, need: Need, needs: Mapping[str, Need]) -> None:
        if name in RESERVED:
            self.fault(place, f"the name {name!r} is kept for the rules: give the fact another")
        if need.type in ("choice", "choices", "route") and not need.of:
            self.fault(place, f"the fact {name!r} offers nothing to choose from: write of")
        if need.type in ("unit", "units"):
            offices = [office.key for office in self.report.pack.offices]
            for value in need.of:
                self.known(place, "unit kind or office", value, [*self.kinds, *offices])
        elif need.of_centre or need.other or need.informed:
            self.fault(place, f"the fact {name!r} is no unit: of_centre, other and informed speak of units")
        if need.type == "post":
            for value in need.of:
                self.known(place, "post", value, self.posts)
        if need.min is not None and need.max is not None and need.min > need.max:
            self.fault(place, f"the fact {name!r} has min above max: nothing could be given")
        if need.when.facts:
            self._where(place, need.when, {other: inner for other, inner in needs.items() if other != name}, "this act")

    def _guard(self, place: Place, guard: Guard) -> None:
        if guard.count:
            self._count(place, guard)
        every = self._main_events() | self.strand.events
        if guard.since not in SINCE:
            self._event(place, guard.since, self.strand.events)
        for event in guard.not_the_one_who:
            self._event(place, event, every)
        if guard.after and guard.after != ENTERED_STATE:
            self._event(place, guard.after, every)
        if guard.clock:
            clocks = [*self.strand.clocks, *(clock.key for clock in self.strand.procedure.clocks)]
            self.known(place, "clock", guard.clock, clocks)
            if not guard.clock_is:
                self.fault(place, "a guard on a clock says not_red, red or not_stopped")
        if guard.threads:
            self._threads(place, guard)
        if guard.fact and guard.known:
            self.known(place, "fact", guard.fact, [*OPENING_FACTS, *self.strand.all_needs()])
        elif guard.fact:
            self._where(place, Where(((guard.fact, guard.in_),)), self.strand.all_needs(), "the case")
        self._differ(place, guard)
        if guard.grade:
            for value in guard.in_:
                self.known(place, "grade", value, [grade.key for grade in self.report.pack.catalogue.grades])

    def _differ(self, place: Place, guard: Guard) -> None:
        for fact in guard.differ:
            need = self.strand.all_needs().get(fact)
            if need is None or need.type not in ("unit", "units"):
                self.fault(place, f"no act asks for a unit or units {fact!r} that could differ")

    def _count(self, place: Place, guard: Guard) -> None:
        if self._event(place, guard.count, self.strand.events):
            self._where(place, guard.where, self.strand.needs_of(guard.count), f"the event {guard.count!r}")
        if guard.min is None and guard.max_before is None and guard.equals is None:
            self.fault(place, "a count needs min, max_before or equals")

    def _threads(self, place: Place, guard: Guard) -> None:
        threads = {thread.key: thread for thread in self.strand.procedure.threads}
        if not self.known(place, "thread", guard.threads, threads):
            return
        states = [state.key for state in threads[guard.threads].states]
        for state in (*guard.all_in, *guard.any_in):
            self.known(place, "state", state, states)
        if sum(map(bool, (guard.all_in, guard.any_in, guard.none_open))) != 1:
            self.fault(place, "a guard on threads says all_in, any_in or none_open")

    def _main_events(self) -> set[str]:
        actions = self.strand.procedure.actions
        return {action.event for action in actions} | {asked_event(action) for action in actions if action.approve}

    def _event(self, place: Place, event: str, events: Iterable[str]) -> bool:
        return self.known(place, "event", event, events)

    def _where(self, place: Place, where: Where, needs: Mapping[str, Need], of: str) -> None:
        """Every fact of a condition is asked for, and every value can be chosen."""
        for name, values in where.facts:
            need = needs.get(name)
            if need is None:
                there = ", ".join(sorted(needs)) or "none"
                self.fault(place, f"{of} carries no fact {name!r}; it carries: {there}")
            elif need.of and need.type in ("choice", "choices", "route", "post"):
                for value in values:
                    self.known(place, f"value of {name}", value, need.of)

    # -- holders and clocks -------------------------------------------------------------------------------------------

    def _holder(self, place: Place, spec: HolderSpec | None) -> None:
        if spec is None:
            return
        named = (spec.at, spec.fact, spec.keep, spec.superior_of, spec.item, spec.nobody, spec.by_grade)
        if sum(map(bool, named)) != 1:
            self.fault(place, "a holder is exactly one of post with at, fact, keep, superior_of, item, nobody, grade")
        self._handlers(place, spec)
        if spec.nobody:
            self._elsewhere(place)
        if spec.post:
            self.known(place, "post", spec.post, self.posts)
        for kind, post in spec.in_kind.items():
            self.known(place, "unit kind", kind, self.kinds)
            self.known(place, "post", post, self.posts)
        if spec.at:
            self.known(place, "level", spec.at, ["centre", *(level.key for level in self.report.pack.levels)])
        if spec.fact:
            need = self.strand.all_needs().get(spec.fact)
            if need is None or need.type != "unit":
                self.fault(place, f"no act asks for a unit {spec.fact!r} that could hold this state")
        if spec.superior_of:
            self._event(place, spec.superior_of, {*self.strand.events, *self._main_events()})
        if spec.item and self.strand.thread is None:
            self.fault(place, "only the states of a thread are held by its item")

    def _handlers(self, place: Place, spec: HolderSpec) -> None:
        """Where the grade decides who holds it: each handler's names, and an act that grades."""
        for handler in spec.by_grade.values():
            self._holder(place, handler)
        if spec.by_grade and GRADE not in self.strand.all_needs():
            self.fault(place, "held by the grade's handler, and no act grades: write grades = true on the act that does")

    def _elsewhere(self, place: Place) -> None:
        """A state that nobody holds is entered only together with another case, whose clocks go on."""
        for action in self.strand.part.actions:
            if place[-1] in (action.to.state, *action.to.by_value.values()) and action.pair is None:
                self.fault(place, f"nobody holds this state, so only an act with a pair leads here, not {action.key!r}")

    def _clock(self, clock: ClockSpec) -> None:
        place = (*self.strand.place, "clock", clock.key)
        for event in (*clock.takes_back, *clock.takes_back.values()):
            self._event(place, event, self.strand.events)
        self._earliest(place, clock)
        named = [*clock.starts, *clock.stops, *clock.restarts, *clock.pauses, *clock.pauses.values()]
        named += [*clock.ends_pause, *clock.resumes_after]
        for event in (*named, *clock.extends, *clock.marks):
            self._event(place, event, self.strand.events)
        if not clock.starts:
            self.fault(place, "the clock never starts: write starts")
        for event, name in clock.extends.items():
            need = self.strand.needs_of(event).get(name)
            if need is None or need.type != "int":
                self.fault(place, f"{event!r} carries no whole number {name!r} by which the clock could be extended")
        if clock.charges not in CHARGES:
            self.known(place, "post", clock.charges, [*CHARGES, *self.posts])
        if clock.every and not (clock.marks or clock.restarts):
            self.fault(place, "a clock that comes round (every) needs marks: the events that answer it")
        self._limits(place, clock)

    def _earliest(self, place: Place, clock: ClockSpec) -> None:
        """The events and facts by which merged matters bring their limits along, and the clocks those are of."""
        spec = clock.earliest
        if spec is None:
            return
        for event in (spec.event, *([spec.until] if spec.until else [])):
            if self._event(place, event, self.strand.events):
                asked = self.strand.needs_of(event)
                wanted = (spec.item, spec.fact) if event == spec.event else (spec.item,)
                for name, kind in zip(wanted, ("case", "instant"), strict=False):
                    if asked.get(name) is None or asked[name].type != kind:
                        self.fault(place, f"{event!r} carries no {kind} {name!r}")
        for key in spec.of:
            self.known(place, "clock", key, self.strand.clocks)

    def _limits(self, place: Place, clock: ClockSpec) -> None:
        """Each limit can be met, and together they cover every value: none is left without a limit."""
        needs = self.strand.all_needs()
        for limit in clock.limits:
            self._where(place, limit.where, needs, "the case")
            if limit.fact:
                need = needs.get(limit.fact)
                if need is None or need.type not in ("date", "instant"):
                    self.fault(place, f"no act asks for a date or instant {limit.fact!r}")
            if limit.span is not None and limit.span.n < 1:
                self.fault(place, "a limit is at least 1 long")
        for number, limit in enumerate(clock.limits):
            if not limit.where.facts and not limit.fact and number < len(clock.limits) - 1:
                self.fault(place, f"limit {number + 1} has no where, so those after it never apply: put it last")
        fixed = [limit.where for limit in clock.limits if not limit.fact]
        missing = _uncovered(fixed or [limit.where for limit in clock.limits], needs)
        if missing:
            self.fault(place, f"no limit applies where {missing}: end the limits with one that has no where")


def _uncovered(wheres: list[Where], needs: Mapping[str, Need]) -> str:
    """A combination of values that no condition meets, in words; "" when all are covered."""
    if not wheres or any(not where.facts for where in wheres):
        return ""
    names = sorted({name for where in wheres for name, _ in where.facts})
    options = [[*needs[name].of, *([""] if needs[name].optional else [])] if name in needs else [""] for name in names]
    for count, values in enumerate(product(*options)):
        given = dict(zip(names, values, strict=True))
        if count > MOST_COMBINATIONS or not any(where.holds(given) for where in wheres):
            return ", ".join(f"{name} = {value!r}" for name, value in given.items())
    return ""
