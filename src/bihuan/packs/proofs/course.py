"""Proofs 2 to 7: every state can be reached and left, nothing starves, nothing turns in circles, clocks and pauses end."""

from __future__ import annotations

from collections.abc import Iterator

from bihuan.packs.proofs.circles import circles
from bihuan.packs.proofs.parts import Strand
from bihuan.packs.proofs.report import Report
from bihuan.packs.proofs.walk import Situation, Step
from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.procedure.shape import Action, State

NOBODY_CHARGED = "nobody"


def prove(report: Report, strand: Strand) -> None:
    """All proofs of one part, in order."""
    if not strand.walk.whole:
        report.fault(2, strand.place, "there are more situations than can be looked at: count less, or split the procedure")
        return
    _reached(report, strand)
    _ends(report, strand)
    _alive(report, strand)
    if strand.thread is None:
        _starved(report, strand)
    _no_circles(report, strand)
    _said_twice(report, strand)
    _clocks_stop(report, strand)
    _starts_start(report, strand)
    _pauses_end(report, strand)
    if strand.thread is not None:
        _opened_in_time(report, strand)


def _final(strand: Strand, index: int) -> bool:
    return strand.states[strand.walk.situations[index].state].final


def _firsts(strand: Strand) -> Iterator[tuple[int, Situation, State]]:
    """Every situation that is not final, nearest the start first."""
    for index, situation in enumerate(strand.walk.situations):
        if not _final(strand, index):
            yield index, situation, strand.states[situation.state]


def _reached(report: Report, strand: Strand) -> None:
    """Proof 2, first half: every state has a way to it, every act a situation in which it can be done."""
    reached = {situation.state for situation in strand.walk.situations}
    done = {step.action.key for steps in strand.walk.steps for step in steps}
    for state in strand.part.states:
        if state.key not in reached:
            report.fault(2, (*strand.place, "state", state.key), "no way leads here from the start: drop it, or add an act")
    for action in strand.part.actions:
        if action.key in done or action.key == strand.part.start_action:
            continue
        why = "its guards can never be met in the states it is done from" if action.from_ else "it is done from no state"
        report.fault(2, (*strand.place, "action", action.key), f"this act can never be done: {why}")


def by_office(step: Step) -> bool:
    """True for steps that staff or the system can take: a case must not hang on the resident."""
    return step.action.who != ("resident",)


def _ends(report: Report, strand: Strand) -> None:
    """Proof 2 (threads: 7), second half: from every situation an end can be reached without waiting for the resident."""
    walk, proof = strand.walk, 7 if strand.thread else 2
    finals = [index for index in range(len(walk.situations)) if _final(strand, index)]
    if not finals:
        report.fault(proof, strand.place, "no final state can be reached: every case must be able to end")
        return
    ending = walk.that_reach(finals, lambda step: by_office(step) and step.action.key not in walk.bounded)
    told: set[str] = set()
    for index, _, state in _firsts(strand):
        if index not in ending and state.key not in told:
            told.add(state.key)
            message = "from here nobody in office can bring it to an end: the guards of the acts left cannot be met"
            report.fault(proof, (*strand.place, "state", state.key), message, walk.path_to(index))


def _alive(report: Report, strand: Strand) -> None:
    """Proof 3, first half: in every situation somebody who is not the system can do something."""
    told: set[str] = set()
    for index, _, state in _firsts(strand):
        acts = [step.action for step in strand.walk.steps[index] if step.action.key not in strand.walk.bounded]
        passing = bool(acts) and all(action.automatic and action.automatic.count for action in acts)
        if state.key not in told and not passing and not any(set(action.who) - {"system"} for action in acts):
            told.add(state.key)
            message = "nobody but the system can act here: give a post an act"
            report.fault(3, (*strand.place, "state", state.key), message, strand.walk.path_to(index))
        if state.holder is None and state.key not in told:
            told.add(state.key)
            message = "nobody holds this state: give it a holder"
            report.fault(3, (*strand.place, "state", state.key), message, strand.walk.path_to(index))


def _starved(report: Report, strand: Strand) -> None:
    """Proof 3, second half: a clock that charges somebody runs (or is paused), or one whose end moves the case on."""
    told: set[str] = set()
    for index, situation, state in _firsts(strand):
        if state.key in told or (state.holder and state.holder.nobody):  # the clocks of the lead matter run
            continue
        open_ = situation.running | {key for key, _ in situation.paused}
        charged = any(strand.clocks[key].charges != NOBODY_CHARGED for key in open_)
        moved_on = any(set(step.action.automatic.clock_red) & open_ for step in strand.walk.steps[index] if step.action.automatic)
        if not charged and not moved_on:
            told.add(state.key)
            message = "no clock that charges anybody runs here: the case could lie for ever and no light would show it"
            report.fault(3, (*strand.place, "state", state.key), message, strand.walk.path_to(index))


def _no_circles(report: Report, strand: Strand) -> None:
    """Proof 4: whoever goes round and round stays under one clock, or a ``max_before`` stops it."""
    for path, acts in circles(strand):
        message = f"this can go on for ever: no max_before bounds {', '.join(acts)}, and no clock runs through it untouched"
        report.fault(4, (*strand.place, "action", acts[0]), message, path)


def _said_twice(report: Report, strand: Strand) -> None:
    """Proof 4, too: an act that leaves a final state is bounded by ``reopens`` there; a guard that counts it says the same.

    Where nothing but leaving that state brings the event, both numbers must be one; where other acts bring it as well, the
    guard may not stop what ``reopens`` still allows. A number that can never be reached says nothing and misleads its reader.
    """
    for state in strand.part.states:
        for action in strand.part.actions:
            if state.reopens is None or state.key not in action.from_ or action.to.state != state.reopens.to:
                continue
            alone = all(one.from_ == (state.key,) for one in strand.doing(action.event))
            for guard in action.guards:
                if guard.count != action.event or guard.max_before is None or guard.since != "start" or guard.where.facts:
                    continue
                times = guard.max_before + 1
                if times < state.reopens.times or (alone and times != state.reopens.times):
                    message = (
                        f"its guard lets this happen {times} times, {state.key!r} reopens {state.reopens.times} times: one of "
                        "the two numbers is never reached; say the same in both"
                    )
                    report.fault(4, (*strand.place, "action", action.key), message)


def _clocks_stop(report: Report, strand: Strand) -> None:
    """Proof 5: a clock that runs can be stopped from wherever it runs, and runs in no state that is an end."""
    walk = strand.walk
    for clock in strand.part.clocks:
        if not strand.certain(clock):
            _may_stop(report, strand, clock)
            continue
        open_in = [index for index, situation in enumerate(walk.situations) if _open(situation, clock.key)]
        stopped = set(range(len(walk.situations))) - set(open_in)
        stopping = walk.that_reach(stopped, lambda step: step.action.key not in walk.bounded)
        told: set[str] = set()
        for index in open_in:
            state = walk.situations[index].state
            if state in told or (index in stopping and not _final(strand, index)):
                continue
            told.add(state)
            still = "still runs in the final state" if _final(strand, index) else "can no longer be stopped once in"
            message = f"the clock {still} {state!r}: add the event that leads there to its stops"
            report.fault(5, (*strand.place, "clock", clock.key), message, walk.path_to(index))


def _may_stop(report: Report, strand: Strand, clock: ClockSpec) -> None:
    """The same of a clock that runs only where a date was given: looked at apart, so that it does not double the walk."""
    walk = strand.walk
    begins = [(index, strand.part.opening in clock.starts) for index, step in enumerate(walk.reached_by) if step is None]
    seen, queue = set(begins), list(begins)
    backward: dict[tuple[int, bool], list[tuple[int, bool]]] = {}
    while queue:
        at = queue.pop()
        for step in walk.steps[at[0]]:
            event = step.action.event
            runs = event not in clock.stops if at[1] else event in clock.starts
            after = (step.target, runs)
            backward.setdefault(after, []).append(at)
            if after not in seen:
                seen.add(after)
                queue.append(after)
    stopping = {at for at in seen if not at[1]}
    queue = list(stopping)
    while queue:
        fresh = [at for at in backward.get(queue.pop(), ()) if at not in stopping]
        stopping.update(fresh)
        queue += fresh
    told: set[str] = set()
    for index, runs in sorted(seen):
        state = walk.situations[index].state
        if runs and state not in told and (_final(strand, index) or (index, runs) not in stopping):
            told.add(state)
            message = f"the clock can still run in {state!r} and never stop: add the event that leads there to its stops"
            report.fault(5, (*strand.place, "clock", clock.key), message, walk.path_to(index))


def _starts_start(report: Report, strand: Strand) -> None:
    """Proof 5, too: an event that is to start a clock happens at least once while the clock does not run."""
    walk = strand.walk
    for clock in filter(strand.certain, strand.part.clocks):
        for event in clock.starts:
            when = [step.origin for steps in walk.steps for step in steps if step.action.event == event]
            if when and event != strand.part.opening and all(_open(walk.situations[index], clock.key) for index in when):
                message = f"{event!r} only happens while the clock runs, so it starts nothing: use restarts or marks"
                report.fault(5, (*strand.place, "clock", clock.key), message)


def _open(situation: Situation, clock: str) -> bool:
    return clock in situation.running or any(key == clock for key, _ in situation.paused)


def _pauses_end(report: Report, strand: Strand) -> None:
    """Proof 6: wherever a clock is paused, an automatic act (a date, another clock) resumes it."""
    told: set[tuple[str, str]] = set()
    for index, situation, state in _firsts(strand):
        for clock, resuming in situation.paused:
            if (clock, state.key) in told:
                continue
            acts = [action for action in strand.part.actions if action.event == resuming and state.key in action.from_]
            if not any(_by_itself(action, situation) for action in acts):
                told.add((clock, state.key))
                message = f"the pause has no end of its own in {state.key!r}: an automatic act must bring {resuming!r}"
                report.fault(6, (*strand.place, "clock", clock), message, strand.walk.path_to(index))
    for clock_spec in strand.part.clocks:
        for pausing, resuming in clock_spec.pauses.items():
            _dated(report, strand, clock_spec.key, pausing, resuming)


def _by_itself(action: Action, situation: Situation) -> bool:
    automatic = action.automatic
    return automatic is not None and (bool(automatic.date_fact) or bool(set(automatic.clock_red) & situation.running))


def _dated(report: Report, strand: Strand, clock: str, pausing: str, resuming: str) -> None:
    """The date that ends a pause must be asked for by the act that begins it."""
    dates = {
        action.automatic.date_fact
        for action in strand.doing(resuming)
        if action.automatic is not None and action.automatic.date_fact
    }
    for action in strand.doing(pausing):
        asked = {name for name, need in action.needs.items() if not need.optional and not need.when.facts}
        if dates and not dates & asked:
            message = f"{action.key!r} pauses the clock {clock!r} but does not ask for the date {sorted(dates)} that ends it"
            report.fault(6, (*strand.place, "action", action.key), message)


def _opened_in_time(report: Report, strand: Strand) -> None:
    """Proof 7: no thread is opened once its case has ended (those still open end with it)."""
    final = {state.key for state in strand.procedure.states if state.final}
    for action in strand.procedure.actions:
        stays = not action.to.fact and action.to.state in ("stay", *final)
        if strand.thread and action.key in strand.thread.openers and final & set(action.from_) and stays:
            message = f"{action.key!r} would open this thread when its case has ended, and nothing would end it"
            report.fault(7, strand.place, message)
