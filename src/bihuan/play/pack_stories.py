"""A pack's own stories (stories/*.toml), played through the one door: who did what when, and whether it went as told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from bihuan.access.actors import Actor, system_actor
from bihuan.cases import errors, selectors, services
from bihuan.cases.shapes import MAIN, CasePage, ClockLine, ContactIn, OpenCommand
from bihuan.intake import batches
from bihuan.ledger.clock import SetClock
from bihuan.notify.selectors import kinds_about
from bihuan.packs import Pack
from bihuan.packs.later import Act, Story
from bihuan.packs.papers import issued_with
from bihuan.packs.telling import EXPECTED, FIRST, LOOKS, UNSEEN, WORSE
from bihuan.play.story_words import Place, StoryFault, action_of, instant
from bihuan.rules.calendar import Calendar
from bihuan.rules.procedure.shape import Procedure, opening_act

CONTACT = ContactIn(name="何某某", phone="13900000000")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what was played: when, who, which act, the state afterwards, what else happened, what was not as told."""

    at: datetime
    who: str
    act: str
    state: str
    happened: tuple[str, ...]
    wrong: tuple[str, ...] = ()


@dataclass(slots=True)
class Told:
    """A story as it went. It held when no line has anything wrong."""

    story: Story
    number: str = ""
    lines: list[Line] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """True when everything went as the story tells."""
        return not any(line.wrong for line in self.lines)


@dataclass(slots=True)
class Teller:
    """Plays stories on a founded place. ``work``: one round of the worker; ``clock``: the product's, which the play sets.

    ``rests_until``: before which moment a round after that at the moment given would find nothing; such rounds are left out.

    ``narrows``: the county's pack, where its stories are played on an overlay: limits may come earlier than told, and what
    the overlay lets somebody approve is approved.
    """

    place: Place
    calendar: Calendar
    clock: SetClock
    work: Callable[[], object]
    narrows: Pack | None = None
    rests_until: Callable[[datetime], datetime | None] = lambda now: now
    _case: int = 0
    _cases: dict[str, int] = field(default_factory=dict)
    _seen: Counter[int] = field(default_factory=Counter)
    _sent: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _ever: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def case_id(self) -> int:
        """The case that was played last; 0 = none yet."""
        return self._case

    def play(self, story: Story) -> Told:
        """Play one story on cases of its own. Raises StoryFault where it names what the place does not have."""
        told = Told(story)
        self._case, self._cases, self._seen = 0, {}, Counter()
        self._sent, self._ever = defaultdict(Counter), defaultdict(set)
        procedure = self.place.pack.procedures.get(story.procedure)
        if procedure is None:
            raise StoryFault(f"the pack has no procedure {story.procedure!r}")
        now = instant(story.starts, self.clock(), self.calendar)
        self.clock.set(now)
        for n, act in enumerate(story.acts):
            at = now if n == 0 and not act.at else instant(act.at, now, self.calendar)
            self._wait(now, at)
            now = at
            self._case = self._cases.get(act.case or FIRST, 0)
            told.lines.append(self._line(story, procedure, act, at))
        self._case = self._cases.get(FIRST, 0)
        end = dict(story.end)
        if "at" in end:
            at = instant(str(end.pop("at")), now, self.calendar)
            self._wait(now, at)
            now = at
        told.lines.append(self._look(story, now, "", "", end))
        told.number = self._page().number
        return told

    def _wait(self, start: datetime, end: datetime) -> None:
        """Let time pass: the worker looks now and then, and once when the time has come."""
        due: datetime | None = start
        for at in self._looks(start, end):
            if due is not None and due <= at:
                self.clock.set(at)
                self.work()
                due = self.rests_until(at)
        self.clock.set(end)
        self.work()

    def _looks(self, start: datetime, end: datetime) -> Iterator[datetime]:
        day = self.calendar.local(start).date()
        while day <= self.calendar.local(end).date():
            for clock in LOOKS:
                at = self.calendar.at_wall_clock(datetime.combine(day, clock))
                if start < at < end:
                    yield at
            day += timedelta(days=1)

    def _line(self, story: Story, procedure: Procedure, act: Act, at: datetime) -> Line:
        """Perform one act and look at what came of it."""
        kind, _, key = act.does.rpartition(".")
        said = ""
        wrong: list[str] = []
        try:
            if not self._case:
                wrong += self._open(story, procedure, act)
            else:
                self._perform(story, procedure, act, kind, key)
        except errors.NotFound:
            said = UNSEEN
        except errors.CaseError as error:
            said = error.say
        if act.refused and (act.refused not in said if self.narrows is None else not said):  # an overlay may refuse it sooner
            wrong.append(f"refused with {act.refused!r} expected, {said!r} said" if said else f"not refused: {act.refused!r}")
        elif said and not act.refused:
            wrong.append(f"refused: {said}")
        return self._look(story, at, act.who, act.does, act.expect, wrong)

    def _open(self, story: Story, procedure: Procedure, act: Act) -> Iterator[str]:
        """Open a case of the story; what is not as told of who else could have."""
        if act.does != procedure.start_action:
            raise StoryFault(f"{story.key}: the first act is {procedure.start_action!r}, not {act.does!r}")
        start = opening_act(procedure)
        facts = self.place.facts(start.needs, act.facts)
        anonymous = bool(facts.pop("anonymous", False))
        actor, imported = self.place.person(act.who, story.cast, 0), bool(facts.pop("imported", False))
        about, area = facts.pop("about_unit", 0), facts.pop("area", "")
        command = OpenCommand(
            actor=actor,
            procedure=procedure.key,
            facts=facts,
            contact=ContactIn() if anonymous else CONTACT,
            area_code=area,
            about_unit=about,
            from_batch=batches.begin(actor=actor, file_name=story.key, content=b"", rows=1, refused=0) if imported else 0,
            request_id=uuid4().hex,
        )
        yield from self._begins(story, command)
        self._case = self._cases[act.case or FIRST] = services.open_one(command).case_id

    def _begins(self, story: Story, command: OpenCommand) -> Iterator[str]:
        """Who else could open such a case, and who could not, as the story tells: the door decides, nothing is written."""
        for names, wanted in ((story.may_begin, True), (story.may_not_begin, False)):
            for who in names if not self._cases else ():
                said = services.refused_opening(replace(command, actor=self.place.person(who, story.cast, 0)))
                if bool(said) == wanted:
                    yield f"{who} may not begin: {said}" if wanted else f"{who} may begin"

    def _perform(self, story: Story, procedure: Procedure, act: Act, kind: str, key: str) -> None:
        action = action_of(procedure, kind, key)
        facts = dict(act.facts)
        thread = self._thread(story, kind, str(facts.pop("of", ""))) if kind else MAIN
        actor = self.place.person(act.who, story.cast, self._case)
        if action.pair is not None and action.pair.act == procedure.start_action:
            given = self.place.facts(opening_act(procedure).needs, facts)
            opened = services.split_off(actor=actor, case_id=self._case, facts=given, request_id=uuid4().hex, action=action.key)
            self._cases[act.other] = opened.case_id
            return
        services.perform(
            actor=actor,
            case_id=self._case,
            thread=thread,
            action=action.key,
            facts=self.place.facts(action.needs, facts),
            request_id=uuid4().hex,
            other=self._other(story, act.other),
        )
        if self.narrows is not None and action.approve and not self._asked_before(story, kind, key):
            self._grant(f"ask_{action.key}")

    def _other(self, story: Story, name: str) -> int:
        if name and name not in self._cases:
            raise StoryFault(f"{story.key}: the story has no case {name!r}")
        return self._cases.get(name, 0)

    def _asked_before(self, story: Story, kind: str, key: str) -> bool:
        """True where the county's own pack asks for that approval too: then its story tells who grants it."""
        spec = self.narrows.procedures.get(story.procedure) if self.narrows else None
        return spec is None or action_of(spec, kind, key).approve is not None

    def _grant(self, kind: str) -> None:
        """Whoever is asked by the overlay says yes at once."""
        thread = next(one for one in self._page().threads if one.kind == kind and one.open)
        services.perform(
            actor=self.place.seats.actor(thread.holder_unit, thread.holder_post),
            case_id=self._case,
            thread=thread.name,
            action=f"grant_{kind.removeprefix('ask_')}",
            facts={},
            request_id=uuid4().hex,
        )

    def _thread(self, story: Story, kind: str, of: str) -> str:
        """The open thread of a kind; ``of`` where there are several: the unit (or the cast's) it was opened for, or a number."""
        threads = [thread for thread in self._page().threads if thread.kind == kind and thread.open]
        if of:
            item = self.place.item(of, story.cast, self._case)
            threads = [thread for thread in threads if thread.item == item]
        if len(threads) != 1:
            raise StoryFault(f"{story.key}: {len(threads)} open threads of {kind!r} {of}")
        return threads[0].name

    # -- what came of it ----------------------------------------------------------------------------------------------

    def _page(self) -> CasePage:
        return selectors.case_page(system_actor(), self._case)

    def _look(
        self, story: Story, at: datetime, who: str, does: str, expect: Mapping[str, Any], wrong: Sequence[str] = ()
    ) -> Line:
        unknown = set(expect) - EXPECTED
        if unknown:
            raise StoryFault(f"{story.key}: nothing is known of {sorted(unknown)}")
        page = self._page()
        found, happened = [*wrong], self._happened(page)
        found += self._differences(story, page, expect, *self._told(happened))
        now = self._case
        for name, of_it in expect.get("cases", {}).items():
            self._case = self._other(story, name)
            other = self._page()
            found += (f"{name}: {one}" for one in self._differences(story, other, of_it, *self._told(self._happened(other))))
        self._case = now
        events, sent = happened
        return Line(at, who, does, page.state, (*dict.fromkeys(events), *(f"→ {kind}" for kind in sorted(sent))), tuple(found))

    def _happened(self, page: CasePage) -> tuple[list[str], Counter[str]]:
        """Events and notices of the case since it was last looked at."""
        case = self._case
        events = [event.kind for event in page.events if event.seq > self._seen[case]]
        sent = kinds_about(case) - self._sent[case]
        self._seen[case] = max(event.seq for event in page.events)
        self._sent[case] += sent
        self._ever[case] |= {*events, *sent}
        return events, sent

    def _told(self, happened: tuple[list[str], Counter[str]]) -> tuple[Collection[str], Collection[str]]:
        """What an expectation may name: what happened since the act before, on an overlay ever."""
        return happened if self.narrows is None else (self._ever[self._case], self._ever[self._case])

    def _differences(
        self, story: Story, page: CasePage, expect: Mapping[str, Any], events: Collection[str], sent: Collection[str]
    ) -> Iterator[str]:
        if expect.get("state", page.state) != page.state:
            yield f"state {page.state}, not {expect['state']}"
        for kind, state in expect.get("threads", {}).items():
            stands = sorted(thread.state for thread in page.threads if thread.kind == kind)
            if stands != sorted([state] if isinstance(state, str) else state):
                yield f"{kind} {stands}, not {state}"
        yield from self._clocks(page, expect)
        yield from (f"no {kind}" for kind in expect.get("events", ()) if kind not in events)
        brought = {key for event in page.events for key, _number in issued_with(event.facts)}
        yield from (f"no paper {key}" for key in expect.get("papers", ()) if key not in brought)
        yield from (f"no notice {kind}" for kind in expect.get("sent", ()) if kind not in sent)
        may: dict[str, set[str]] = {}
        for word, wanted in (("can", True), ("cannot", False)):
            for who, actions in expect.get(word, {}).items():
                if who not in may:
                    may[who] = self._offered(self.place.person(who, story.cast, self._case))
                offered = may[who]
                taken = wanted and self.narrows is not None  # an overlay may take an act away, by a guard or an earlier limit
                missed = [] if taken else [one for one in actions if (one in offered) != wanted]
                yield from (f"{who} {'may not' if wanted else 'may'} {one}" for one in missed)
        for word, wanted in (("sees", True), ("unseen", False)):
            for who in expect.get(word, ()):
                if self._sees(self.place.person(who, story.cast, self._case)) != wanted:
                    yield f"{who} {'does not see' if wanted else 'sees'} it"

    def _clocks(self, page: CasePage, expect: Mapping[str, Any]) -> Iterator[str]:
        clocks: dict[str, list[ClockLine]] = {}  # of a kind of thread each line has its own
        for clock in page.clocks:
            clocks.setdefault(clock.key, []).append(clock)
        for key, light in expect.get("light", {}).items():
            lights = [clock.light for clock in clocks.get(key, ())] or ["none"]
            if light not in lights and not (self.narrows and set(lights) & set(WORSE.get(light, ()))):
                yield f"light of {key} {', '.join(lights)}, not {light}"
        for key, due in expect.get("due", {}).items():
            told = datetime.fromisoformat(str(due))
            stands = [clock.due_at for clock in clocks.get(key, ()) if clock.due_at]
            if not any(one <= told if self.narrows else one == told for one in stands):
                said = " / ".join(self.calendar.local(one).isoformat() for one in stands) or "never"
                yield f"{key} due {said}, not {due}"
        for key, unit in expect.get("charged", {}).items():
            charged = {clock.charged_unit: clock.charged_unit_name for clock in clocks.get(key, ())}
            if self.place.unit(str(unit)) not in charged:
                yield f"{key} charged to {', '.join(charged.values()) or 'nobody'}, not {unit}"

    def _offered(self, actor: Actor) -> set[str]:
        try:
            offers = selectors.offers(actor, self._case)
        except errors.NotFound:
            return set()
        found = {one.action.key for one in offers if not one.refused and one.thread == MAIN}
        return found | {f"{one.thread.partition(':')[0]}.{one.action.key}" for one in offers if not one.refused}

    def _sees(self, actor: Actor) -> bool:
        try:
            selectors.case_page(actor, self._case)
        except errors.NotFound:
            return False
        return True
