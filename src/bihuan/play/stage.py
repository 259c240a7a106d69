"""The stage: keeps every matter's story, finds who acts and when, and performs the acts of a day through the door."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bihuan.access.actors import Actor, resident_actor
from bihuan.cases.services import perform_many
from bihuan.cases.shapes import MAIN, Command, Opened, Verdict
from bihuan.files.owners import owner_of
from bihuan.files.services import take
from bihuan.files.shapes import Taken
from bihuan.files.store import incoming
from bihuan.play.cast import Seats
from bihuan.play.pictures import photograph, subject_of
from bihuan.play.stories import Act, Matter, Story, Telling
from bihuan.rules.calendar import Calendar

BATCH = 200
Fill = Callable[[str, Mapping[str, Any], datetime, int], Mapping[str, Any]]
"""What an act of the pack at hand asks for, out of what a story tells: (action, facts, at, centre)."""
Between = Callable[[int, str, datetime], Command | None]
"""The act that a pack asks for between a story's acts: (case, the act that the story has next, at); none where none is owed."""
OFFICE_POSTS = frozenset({"liaison", "officer", "office_leader", "village_clerk", "village_head"})


@dataclass(slots=True)
class Running:
    """One matter on the stage: its case, the unit that received it, what is told of it, the act that comes next."""

    case_id: int
    centre: int
    matter: Matter
    story: Story
    act: Act
    acts: int = 0


@dataclass(frozen=True, slots=True)
class Missed:
    """An act that the door refused: which case and act, and the sentence."""

    case_id: int
    action: str
    say: str


@dataclass(slots=True)
class Stage:
    """Acts to come, in the order of their time, and what has been performed so far."""

    calendar: Calendar
    seats: Seats
    performed: Counter[str] = field(default_factory=Counter)
    missed: list[Missed] = field(default_factory=list)
    fill: Fill | None = None
    between: Between | None = None
    _agenda: list[tuple[datetime, int, Running]] = field(default_factory=list)
    _told: int = 0

    def enter(self, opened: Opened, *, centre: int, matter: Matter, telling: Telling, at: datetime) -> None:
        """Let a new case's story begin at the instant it was registered."""
        matter.today = self.calendar.local(at).date()
        story = telling(matter)
        act = next(story, None)
        if act is not None:
            self._wait(Running(opened.case_id, centre, matter, story, act), at)

    def play_until(self, end: datetime) -> None:
        """Perform every act whose time has come by ``end``, up to 200 in one transaction, each case's in its order."""
        while batch := list(self._take(end)):
            self._do_between(batch)
            verdicts = perform_many([self._command(at, running) for at, running in batch])
            for (at, running), verdict in zip(batch, verdicts, strict=True):
                self._go_on(at, running, verdict)

    def _do_between(self, batch: Iterable[tuple[datetime, Running]]) -> None:
        """What the pack asks for before the story's own acts: a matter is studied and graded before it is assigned."""
        if self.between is None:
            return
        owed = (self.between(running.case_id, running.act.action, at) for at, running in batch if running.act.thread == MAIN)
        commands = [command for command in owed if command is not None]
        for command, verdict in zip(commands, perform_many(commands), strict=True):
            if verdict.error is None:
                self.performed[command.action] += 1
            else:
                self.missed.append(Missed(command.case_id, command.action, verdict.error.say))

    def _take(self, end: datetime) -> Iterator[tuple[datetime, Running]]:
        for _ in range(BATCH):
            if not self._agenda or self._agenda[0][0] > end:
                return
            at, _order, running = heapq.heappop(self._agenda)
            yield at, running

    def _command(self, at: datetime, running: Running) -> Command:
        act, actor = running.act, self._actor(running)
        if act.pictures:
            facts = {**act.facts, "files": self._pictures(running, actor)}
        else:
            facts = dict(act.facts)
        if self.fill is not None and act.thread == MAIN:
            facts = dict(self.fill(act.action, facts, at, running.matter.centre or running.centre))
        return Command(
            actor=actor,
            case_id=running.case_id,
            action=act.action,
            request_id=f"play:{running.case_id}:{running.acts}",
            facts=facts,
            thread=act.thread,
            at=at,
        )

    def _pictures(self, running: Running, actor: Actor) -> list[str]:
        """Photographs of the matter, drawn and sent by whoever acts."""
        subject = subject_of(running.matter.category)
        arrived = [
            incoming(f"IMG_{running.case_id:04}_{running.acts + n}.jpg", photograph(subject, mended=one == "after"))
            for n, one in enumerate(running.act.pictures, 1)
        ]
        key = f"play:{running.case_id}:{running.acts}"
        taken = take(arrived, owner=owner_of(actor), request_id=key, account=actor.account)
        return [one.ref for one in taken if isinstance(one, Taken)]

    def _actor(self, running: Running) -> Actor:
        who = running.act.who
        if who == "resident":
            return resident_actor(running.case_id)
        if running.act.of:
            return self.seats.actor(running.act.of, who)
        return self.seats.actor(running.matter.office if who in OFFICE_POSTS else running.matter.centre or running.centre, who)

    def _go_on(self, at: datetime, running: Running, verdict: Verdict) -> None:
        """Note what came of the act and wait for the next; a story whose act was refused ends here."""
        if verdict.error is not None:
            self.missed.append(Missed(running.case_id, running.act.action, verdict.error.say))
            return
        self.performed[running.act.action] += 1
        running.acts += 1
        running.matter.today = self.calendar.local(at).date()
        act = next(running.story, None)
        if act is not None:
            running.act = act
            self._wait(running, at)

    def _wait(self, running: Running, last: datetime) -> None:
        length = timedelta(hours=running.act.after)
        office_hours = running.act.unit == "working_hours"
        at = self.calendar.add_working_time(last, length) if office_hours else last + length
        self._told += 1
        heapq.heappush(self._agenda, (at, self._told, running))
