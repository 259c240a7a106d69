"""Proof 12: every name in a pack's stories exists, so that a story tells of this pack and of no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from bihuan.packs.later import Act, Story
from bihuan.packs.proofs.holders import Tree
from bihuan.packs.proofs.parts import strands
from bihuan.packs.proofs.report import STORIES, Report
from bihuan.packs.proofs.told_place import ToldPlace
from bihuan.packs.reading import Place
from bihuan.packs.telling import EXPECTED, FIRST, KEPT, LATER, RESIDENT, SYSTEM, StoryFault
from bihuan.rules.clocks.reading import ENDED
from bihuan.rules.lights import Light
from bihuan.rules.procedure.acts import HANDED_UP, OPENED
from bihuan.rules.procedure.decide import LIMIT_NEAR, LIMIT_PASSED
from bihuan.rules.procedure.shape import Action, Need, Procedure, opening_act
from bihuan.rules.routing import AREA_FACT
from bihuan.rules.terms import GRADE

BUILT_IN: Final = (OPENED, ENDED, HANDED_UP, LIMIT_PASSED, LIMIT_NEAR)
"""Events that no act of a pack brings."""
NO_LIGHT: Final = "none"


def prove(report: Report, tree: Tree) -> None:
    """All stories."""
    place = ToldPlace(tree)
    for story in report.pack.later.stories:
        procedure = report.pack.procedures.get(story.procedure)
        if procedure is None:
            known = ", ".join(report.pack.procedures)
            report.fault(STORIES, ("story", story.key), f"there is no procedure {story.procedure!r}; there are: {known}")
            continue
        _Telling(report, story, procedure, place).prove()


class _Telling:
    """One story against its procedure and its place."""

    def __init__(self, report: Report, story: Story, procedure: Procedure, place: ToldPlace) -> None:
        self.report, self.story, self.procedure, self.place = report, story, procedure, place
        self.parts = {part.thread.key if part.thread else "": part for part in strands(procedure)}
        self.cases: set[str] = set()

    def prove(self) -> None:
        """The cast, every act in its order, the end."""
        story, here = self.story, ("story", self.story.key)
        for name, told in story.cast.items():
            if name in (RESIDENT, SYSTEM):
                self._fault((*here, "cast"), f"{name!r} is always there: give this one another name")
            self._found((*here, "cast"), f"{name}: ", self.place.seat, told)
            if isinstance(told, Mapping) and "same" in told:
                self._known((*here, "cast"), "member of the cast", str(told["same"]), story.cast)
        self._at(here, story.starts, first=True)
        for who in (*story.may_begin, *story.may_not_begin):
            self._who(here, who)
        if not story.acts:
            self._fault(here, "a story has at least the act that opens the case: write [[act]]")
        for n, act in enumerate(story.acts, 1):
            name = act.case or FIRST
            self._act((*here, "act", str(n)), act, opening=name not in self.cases)
            self.cases |= {name, act.other} - {""}
        end = {key: value for key, value in story.end.items() if key != "at"}
        if "at" in story.end:
            self._at((*here, "end"), str(story.end["at"]))
        self._expected((*here, "end"), end)

    def _fault(self, place: Place, message: str) -> None:
        self.report.fault(STORIES, place, message)

    def _found(self, place: Place, before: str, find: Callable[[Any], object], word: Any) -> None:
        try:
            find(word)
        except StoryFault as fault:
            self._fault(place, f"{before}{fault}")

    def _known(self, place: Place, what: str, name: str, names: Iterable[str]) -> bool:
        there = list(names)
        if name not in there:
            self._fault(place, f"there is no {what} {name!r}; there are: {', '.join(sorted(there)) or 'none'}")
        return name in there

    def _at(self, place: Place, written: str, *, first: bool = False) -> None:
        if (LATER.match(written) and not first) or (not written and not first and place[-1] == "1"):
            return
        try:
            datetime.fromisoformat(written)
        except ValueError:
            self._fault(place, f"{written!r} is no instant: write 2026-10-12T09:00:00+08:00, or +1wd 10:00 after the last act")

    # -- acts ---------------------------------------------------------------------------------------------------------

    def _act(self, place: Place, act: Act, *, opening: bool) -> None:
        self._at(place, act.at)
        self._who(place, act.who)
        kind, _, key = act.does.rpartition(".")
        if opening and act.does != self.procedure.start_action:
            self._fault(place, f"a story begins with the act that opens the case: {self.procedure.start_action!r}")
            return
        action = self._action(place, kind, key)
        if action is not None:
            self._facts(place, act, action, in_thread=bool(kind), opening=opening)
            self._two(place, act, action)
        self.cases |= {act.case or FIRST, act.other} - {""}
        self._expected(place, act.expect)

    def _two(self, place: Place, act: Act, action: Action) -> None:
        """An act on two cases names the second one, which is there unless the act opens it; no other act names any."""
        opens = self._opens(action)
        if (action.pair is None) != (not act.other):
            what = "is no act on two cases: leave other out" if act.other else 'is an act on two cases: write other = "second"'
            self._fault(place, f"{action.key!r} {what}")
        elif act.other and opens == (act.other in self.cases):
            what = "is there already, and the act opens a new one" if opens else "was not opened before"
            self._fault(place, f"the case {act.other!r} {what}")

    def _who(self, place: Place, name: str) -> None:
        self._known(place, "member of the cast", name, (*self.story.cast, RESIDENT, SYSTEM))

    def _action(self, place: Place, kind: str, key: str) -> Action | None:
        if not self._known(place, "thread", kind, self.parts):
            return None
        actions = {action.key: action for action in self.parts[kind].part.actions}
        return actions[key] if self._known(place, f"act of {kind}" if kind else "act", key, actions) else None

    def _facts(self, place: Place, act: Act, action: Action, *, in_thread: bool, opening: bool) -> None:
        besides = {"of"} if in_thread else {"anonymous", "imported"} if opening else set()
        asked = self._opening_needs() if self._opens(action) else action.needs
        filled = {name for name, need in action.needs.items() if action.pair is not None and need.type == "case"}
        needs = {name: need for name, need in asked.items() if not (action.grades and name == GRADE) and name not in filled}
        for name, value in act.facts.items():
            if name in besides:
                if name == "of" and value not in self.story.cast and not str(value).isdigit():
                    self._found(place, "of: ", self.place.unit, str(value))
            elif self._known(place, f"fact of {action.key!r}", name, needs) and not act.refused:
                self._value(place, name, needs[name], value)
        missing = [
            name
            for name, need in needs.items()
            if not (
                need.optional or need.every or need.when.facts or name in act.facts or need.type in ("person", "file", "files")
            )
            and not (self._opens(action) and name in (*KEPT, AREA_FACT))
        ]
        if missing and not act.refused:
            self._fault(place, f"{action.key!r} asks for {', '.join(missing)}: write it under facts")

    def _opens(self, action: Action) -> bool:
        """Whether the act splits a new case off."""
        return action.pair is not None and action.pair.act == self.procedure.start_action

    def _opening_needs(self) -> Mapping[str, Need]:
        return opening_act(self.procedure).needs

    def _value(self, place: Place, name: str, need: Need, value: Any) -> None:
        """Choices, units and areas exist; words, numbers and dates are the act's own matter."""
        values = value if isinstance(value, list) else [value]
        for one in values:
            if need.type in ("choice", "choices", "route") and need.of:
                self._known(place, f"value of {name}", str(one), need.of)
            elif need.type in ("unit", "units"):
                self._found(place, f"{name}: ", self.place.unit, str(one))
            elif need.type == "area":
                self._found(place, f"{name}: ", self.place.area, str(one))

    # -- what is expected ---------------------------------------------------------------------------------------------

    def _expected(self, place: Place, expect: Mapping[str, Any]) -> None:
        for key in expect:
            self._known(place, "expectation", key, EXPECTED)
        if "state" in expect:
            self._known(place, "state", str(expect["state"]), self.parts[""].states)
        for kind, states in expect.get("threads", {}).items():
            if self._known(place, "thread", kind, self.parts):
                for state in [states] if isinstance(states, str) else states:
                    self._known(place, f"state of {kind}", state, self.parts[kind].states)
        clocks = {clock for part in self.parts.values() for clock in part.clocks}
        for group in ("light", "due", "charged"):
            for clock in expect.get(group, {}):
                self._known(place, "clock", clock, clocks)
        for light in expect.get("light", {}).values():
            self._known(place, "light", str(light), (*map(str, Light), NO_LIGHT))
        for due in expect.get("due", {}).values():
            self._at(place, str(due), first=True)
        for unit in expect.get("charged", {}).values():
            self._found(place, "charged: ", self.place.unit, str(unit))
        self._brought(place, expect)
        self._people(place, expect)

        for name, of_it in expect.get("cases", {}).items():
            self._known(place, "case", name, self.cases)
            self._expected(place, of_it)

    def _brought(self, place: Place, expect: Mapping[str, Any]) -> None:
        """Events, and papers that come with them."""
        events = {event for part in self.parts.values() for event in part.events}
        papers = [paper.key for paper in self.report.pack.papers if paper.procedure == self.procedure.key]
        for paper in expect.get("papers", ()):
            self._known(place, "paper", paper, papers)
        for event in expect.get("events", ()):
            self._known(place, "event", event, (*events, *BUILT_IN))

    def _people(self, place: Place, expect: Mapping[str, Any]) -> None:
        for who in (*expect.get("sees", ()), *expect.get("unseen", ())):
            self._who(place, who)
        for who, acts in self._offers(expect):
            self._who(place, who)
            for does in acts:
                kind, _, key = str(does).rpartition(".")
                self._action(place, kind, key)

    @staticmethod
    def _offers(expect: Mapping[str, Any]) -> Iterator[tuple[str, Iterable[str]]]:
        for group in ("can", "cannot"):
            yield from expect.get(group, {}).items()
