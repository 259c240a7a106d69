"""The pack's own stories in the demonstration's weeks: petitions, errands, campaigns, whistles, meetings, as the pack tells them.

What the play of the usual matters shows already is left out. Each story is told of several places: one is over, one stands in the
middle, one has just begun, so that lists, threads and papers of every case type are to be seen on the last day.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.access.actors import Actor, system_actor
from bihuan.cases import errors, selectors, services
from bihuan.cases.shapes import MAIN, Command, ContactIn, ThreadLine
from bihuan.ledger.clock import SetClock
from bihuan.packs import Pack
from bihuan.packs.later import Act, Story
from bihuan.play.names import invented
from bihuan.play.stage import Missed
from bihuan.play.story_words import SYSTEM, Place, StoryFault, action_of, instant
from bihuan.rules.calendar import Calendar
from bihuan.rules.procedure.shape import Action, Need, Procedure, ThreadSpec, opening_act

SHOWN_ALREADY = frozenset({"joint", "countersign", "consultation", "supervision", "instruction"})
"""Lines of work beside a matter that the play of the usual matters shows."""
WEEK = timedelta(weeks=1)
JUST_BEGUN, OVER_BEFORE = timedelta(hours=30), timedelta(days=4)
SHARE_DONE = 0.6
"""How many units have done their part of a work that all have a part of, when the one of the story has; all, where it is over."""
SHARE_ENDED = 0.3
"""How many of those have ended theirs by then."""
MOST_REFUSED = 2
TRIES = 5
"""Days by which the acts of one telling are put off in all, where they are refused."""
MOST = 200
"""Acts in one transaction."""
PEOPLE_SEED = 20260
_Doing = tuple[Action, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Moment:
    """One act of a story: when it happens here, by how much later than in the story, and what it is."""

    at: datetime
    later: timedelta
    act: Act


@dataclass(slots=True)
class Tale:
    """One story told of one place: its acts with their instants, the case once it is opened, ``title`` where it has its own."""

    story: Story
    place: Place
    acts: tuple[_Moment, ...]
    key: str
    over: bool
    title: str = ""
    case_id: int = 0
    centre: int = 0
    done: int = 0
    put_off: int = 0


class Around(Place):
    """The place of a story moved: at each level by so many areas on, inside the area that is moved to."""

    def __init__(self, place: Place, on: Mapping[str, int]) -> None:
        """Move by ``on[level]`` areas; what ``place`` has read is used again."""
        self.pack, self.seats, self._areas, self._on = place.pack, place.seats, dict(place.areas), on

    def area(self, word: str) -> str:
        """As in the story, moved; areas beside each other stay beside each other as far as there are enough."""
        told, code = super().area(word), ""
        for level in self.pack.levels:
            own = told[: level.digits]
            if len(own) < level.digits:
                break
            around = own[: len(code)] if code else ""
            siblings = [one for one in self._areas[level.key] if one.startswith(around)]
            there = [one for one in self._areas[level.key] if one.startswith(code)]
            if not there:
                break
            code = there[(siblings.index(own) + self._on.get(level.key, 0)) % len(there)]
        return code


class Elsewhere(Place):
    """The place of a story moved so many areas on, at the level right below the top; a story of the whole place stays."""

    def __init__(self, pack: Pack, on: int) -> None:
        """Move every area of a story ``on`` areas of the second level along."""
        super().__init__(pack)
        self._on = on
        self._parts = self._areas.get(pack.levels[1].key, []) if len(pack.levels) > 1 else []

    def area(self, word: str) -> str:
        """As in the story, elsewhere."""
        code = super().area(word)
        part = next((n for n, part in enumerate(self._parts) if code.startswith(part)), -1)
        if part < 0 or not self._on:
            return code
        target = self._parts[(part + self._on) % len(self._parts)]
        level = next(level for level, codes in self._areas.items() if code in codes)
        inside = [one for one in self._areas[level] if one.startswith(self._parts[part])].index(code)
        there = [one for one in self._areas[level] if one.startswith(target)]
        return there[inside % len(there)] if there else code


def shown(pack: Pack) -> list[Story]:
    """The stories worth telling beside the usual matters: other case types, and lines of work that those do not show.

    Stories in which the system acts tell of letters, which have rows of their own; those are shown by the play itself.
    Stories of several cases, and those that try every way to be refused, are for the proofs.
    """
    usual = pack.usual()
    found = []
    for story in pack.later.stories:
        kinds = {act.does.rpartition(".")[0] for act in story.acts} - SHOWN_ALREADY - {""}
        further = story.procedure != usual or any(not kind.startswith("ask_") for kind in kinds)
        for_proofs = sum(bool(act.refused) for act in story.acts) > MOST_REFUSED or any(
            act.who == SYSTEM or act.case or act.other for act in story.acts
        )
        if further and not for_proofs:
            found.append(story)
    return found


@dataclass(slots=True)
class PackStories:
    """Tells the pack's stories while the weeks are played. ``clock``: the product's, which the play sets."""

    pack: Pack
    calendar: Calendar
    clock: SetClock
    performed: Counter[str] = field(default_factory=Counter)
    missed: list[Missed] = field(default_factory=list)
    opened: int = 0
    _agenda: list[tuple[datetime, int, Tale]] = field(default_factory=list)
    _order: int = 0

    @property
    def zone(self) -> ZoneInfo:
        """Where the place's clocks stand."""
        return ZoneInfo(self.calendar.zone)

    def begin(self, opens: datetime, ends: datetime) -> None:
        """Lay out every story three times between ``opens`` and ``ends``."""
        places = [Elsewhere(self.pack, on) for on in range(3)]
        for story in shown(self.pack):
            length = self.length(story)
            middle = max(ends - length / 2, opens + WEEK)
            over = max(ends - length - OVER_BEFORE, opens)
            starts = (min(middle, ends - JUST_BEGUN * 2), over, ends - JUST_BEGUN)
            for on, (place, start) in enumerate(zip(places, starts, strict=True)):
                self._wait(self._laid_out(story, place, start, f"{story.key}:{on}", over=start == over))

    def lay_out(self, story: Story, place: Place, start: datetime, key: str, title: str = "") -> Tale:
        """Lay one story out at ``place``, begun at ``start``; ``key`` names this telling, ``title`` replaces the story's own."""
        tale = self._laid_out(story, place, start, key, over=True)
        tale.title = title
        self._wait(tale)
        return tale

    def play_until(self, end: datetime) -> None:
        """Perform every act whose time has come by ``end``, in the order of their times."""
        while self._agenda and self._agenda[0][0] <= end:
            at, _order, telling = heapq.heappop(self._agenda)
            self.clock.set(at)
            moment = telling.acts[telling.done]
            telling.done += 1
            if moment.act.refused or self._does(telling, moment):
                self._wait(telling)
        self.clock.set(end)

    # -- when ---------------------------------------------------------------------------------------------------------

    def length(self, story: Story) -> timedelta:
        """How long a story takes from its first act to its last."""
        times = [moment.at for moment in self._moments(story, timedelta())]
        return times[-1] - times[0]

    def _moments(self, story: Story, shift: timedelta) -> Iterator[_Moment]:
        """When each act happens, the story begun ``shift`` later: as many working days apart as the story tells."""
        own = instant(story.starts, self.clock(), self.calendar)
        at = own + shift
        for n, act in enumerate(story.acts):
            if act.at or n:
                before, own = own, instant(act.at, own, self.calendar)
                at = instant(act.at, at, self.calendar) if act.at.startswith("+") else self._as_far(before, own, at)
            yield _Moment(at, timedelta(days=(at - own).days), act)

    def _as_far(self, before: datetime, own: datetime, at: datetime) -> datetime:
        """As many working days after ``at`` as ``own`` lies after ``before``, at the hour of ``own``."""
        local = self.calendar.local(own)
        day, last, target = self.calendar.local(before).date(), local.date(), self.calendar.local(at).date()
        while day < last:
            day += timedelta(days=1)
            if self.calendar.is_working(day):
                target = self.calendar.working_day_after(target, 1)
        return max(at, self.calendar.at_wall_clock(datetime.combine(target, local.time())))

    def _laid_out(self, story: Story, place: Place, start: datetime, key: str, *, over: bool) -> Tale:
        """The story from ``start`` on: begun at its own hour, on that working day or the last one before."""
        first = instant(story.starts, self.clock(), self.calendar)
        shift = timedelta(days=(start - first).days)
        while not self.calendar.is_working(self.calendar.local(first + shift).date()):
            shift -= timedelta(days=1)
        return Tale(story, place, tuple(self._moments(story, shift)), key, over)

    def _wait(self, telling: Tale) -> None:
        if telling.done < len(telling.acts):
            self._order += 1
            heapq.heappush(self._agenda, (telling.acts[telling.done].at, self._order, telling))

    def _put_off(self, telling: Tale) -> None:
        """Try the act again at the same hour of the next working day, all later ones with it: limits may end later here."""
        telling.done -= 1
        telling.put_off += 1
        local = self.calendar.local(telling.acts[telling.done].at)
        by = self.calendar.working_day_after(local.date(), 1) - local.date()
        later = (_Moment(one.at + by, one.later + by, one.act) for one in telling.acts[telling.done :])
        telling.acts = (*telling.acts[: telling.done], *later)

    # -- what ---------------------------------------------------------------------------------------------------------

    def _does(self, telling: Tale, moment: _Moment) -> bool:
        """Do one act; False where the place cannot tell the story on."""
        act = moment.act
        procedure = self.pack.procedures[telling.story.procedure]
        try:
            if telling.case_id:
                self._perform(telling, procedure, moment)
            else:
                self._open(telling, procedure, moment)
        except (errors.CaseError, StoryFault) as error:
            if telling.put_off < TRIES and isinstance(error, errors.Refused):
                self._put_off(telling)
                return True
            self.missed.append(Missed(telling.case_id, f"{telling.key}.{act.does}", getattr(error, "say", str(error))))
            return False
        self.performed[act.does.rpartition(".")[2]] += 1
        return True

    def _open(self, telling: Tale, procedure: Procedure, moment: _Moment) -> None:
        act = moment.act
        start = opening_act(procedure)
        facts = self._facts(telling, start.needs, act.facts, moment.later)
        anonymous = bool(facts.pop("anonymous", False))
        about, area = facts.pop("about_unit", 0), facts.pop("area", "")
        facts |= {"title": telling.title} if telling.title else {}
        if any(need.every for need in start.needs.values()):
            area = self._whole(area)
        asked_for = any(need.type == "person" for need in start.needs.values())
        self.opened += 1
        number = PEOPLE_SEED + self.opened
        contact = ContactIn(name=invented(1, number)[0], phone=f"1390001{number % 10**4:04d}")
        opened = services.open_case(
            actor=telling.place.person(act.who, telling.story.cast, 0),
            procedure=procedure.key,
            facts=facts,
            contact=ContactIn() if anonymous or not asked_for else contact,
            area_code=area,
            about_unit=about,
            request_id=f"told:{telling.key}",
            is_demo=True,
        )
        telling.case_id, telling.centre = opened.case_id, opened.centre

    def _whole(self, area: str) -> str:
        """The area below the top one around it: work that every unit has a part of is done in a whole township."""
        digits = [level.digits for level in self.pack.levels]
        return area[: digits[1]] if len(digits) > 1 else area

    def _perform(self, telling: Tale, procedure: Procedure, moment: _Moment) -> None:
        act = moment.act
        kind, _, key = act.does.rpartition(".")
        spec = next((thread for thread in procedure.threads if thread.key == kind), None)
        action = action_of(procedure, kind, key)
        given = dict(act.facts)
        of = str(given.pop("of", "")) if kind else ""
        facts = self._facts(telling, action.needs, given, moment.later)
        person = telling.place.person(act.who, telling.story.cast, telling.case_id)
        lines = self._lines(telling, kind)
        if spec is not None and not of and len(lines) > 1 and self._is_everywhere(procedure, spec):
            last = next(one for one in reversed(telling.acts) if one.act.does.rpartition(".")[0] == kind)
            ended = action_of(procedure, kind, last.act.does.rpartition(".")[2])
            ends = (ended, self._facts(telling, ended.needs, last.act.facts, moment.later))
            self._everywhere(telling, lines, ((action, facts), ends), person, moment.at)
            return
        services.perform(
            actor=person,
            case_id=telling.case_id,
            thread=self._one(telling, lines, of).name if kind else MAIN,
            action=action.key,
            facts=facts,
            request_id=f"told:{telling.key}:{telling.done}",
        )

    def _lines(self, telling: Tale, kind: str) -> list[ThreadLine]:
        """The open threads of a kind."""
        if not kind:
            return []
        page = selectors.case_page(system_actor(), telling.case_id)
        return [line for line in page.threads if line.kind == kind and line.open]

    def _one(self, telling: Tale, lines: Sequence[ThreadLine], of: str) -> ThreadLine:
        if of:
            item = telling.place.item(of, telling.story.cast, telling.case_id)
            lines = [line for line in lines if line.item == item]
        if len(lines) != 1:
            raise StoryFault(f"{len(lines)} open threads of {of or 'one kind'}")
        return lines[0]

    # -- what every unit does at once -----------------------------------------------------------------------------------

    def _is_everywhere(self, procedure: Procedure, spec: ThreadSpec) -> bool:
        return any(
            action.key in spec.openers and spec.one_for_each in action.needs and action.needs[spec.one_for_each].every
            for action in procedure.actions
        )

    def _everywhere(self, telling: Tale, lines: Sequence[ThreadLine], acts: Sequence[_Doing], told: Actor, at: datetime) -> None:
        """The act of the one unit of the story, and of most of the others: each with numbers of its own.

        ``acts``: that act and the one that ends such a line; some are that far already.
        """
        drawn = Random(f"{telling.key}:{telling.done}")
        commands = []
        for line in lines:
            own = line.item == str(told.unit)
            if not own and not telling.over and drawn.random() >= SHARE_DONE:
                continue
            action, facts = acts[not own and drawn.random() < SHARE_ENDED]
            commands.append(
                Command(
                    actor=told if own else telling.place.seats.actor(int(line.item), told.post),
                    case_id=telling.case_id,
                    thread=line.name,
                    action=action.key,
                    facts={name: self._varied(action.needs.get(name), value, drawn) for name, value in facts.items()},
                    request_id=f"told:{telling.key}:{telling.done}:{line.name}",
                    at=at,
                )
            )
        for part in (commands[first : first + MOST] for first in range(0, len(commands), MOST)):
            for verdict, command in zip(services.perform_many(part), part, strict=True):
                if verdict.error is not None:
                    self.missed.append(Missed(telling.case_id, f"{telling.key}.{command.action}", verdict.error.say))

    def _varied(self, need: Need | None, value: Any, drawn: Random) -> Any:
        if need is not None and need.type == "int" and isinstance(value, int) and value:
            return max(need.min or 0, round(value * drawn.uniform(0.5, 1.1)))
        return value

    # -- facts ----------------------------------------------------------------------------------------------------------

    def _facts(self, telling: Tale, needs: Mapping[str, Need], given: Mapping[str, Any], later: timedelta) -> dict[str, Any]:
        """The facts of an act, its days moved along with the act."""
        return telling.place.facts(needs, {name: self._moved(needs.get(name), value, later) for name, value in given.items()})

    def _moved(self, need: Need | None, value: Any, later: timedelta) -> Any:
        if need is None or need.type not in ("date", "dates", "instant"):
            return value
        if isinstance(value, list):
            return [self._day(one, later, need) for one in value]
        return self._day(value, later, need)

    def _day(self, written: Any, later: timedelta, need: Need) -> str:
        """A day or an instant of the story, moved along; on by a day where a holiday between would have it lie in the past,
        and not beyond the act where it tells what has happened.
        """
        told = datetime.fromisoformat(str(written)) + later
        now = self.calendar.local(self.clock())
        while need.future and not self._lies_ahead(told, now, need):
            told += timedelta(days=1)
        if need.past:
            told = min(told.replace(tzinfo=told.tzinfo or self.zone), now)
        return told.isoformat() if need.type == "instant" else told.date().isoformat()

    def _lies_ahead(self, told: datetime, now: datetime, need: Need) -> bool:
        return told.replace(tzinfo=told.tzinfo or self.zone) > now if need.type == "instant" else told.date() > now.date()
