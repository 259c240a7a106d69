"""The leaders' day: supervision letters are signed, answered by the offices and judged; in the last days some wait."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from bihuan.access.actors import Actor
from bihuan.cases import selectors as cases
from bihuan.cases.services import MOST, perform_many
from bihuan.cases.shapes import BesideLine, Command
from bihuan.play.cast import Seats
from bihuan.rules.calendar import Calendar
from bihuan.supervision import selectors, services
from bihuan.supervision.errors import CaseError

WHY = "因配件采购和人手安排延误，已明确专人负责，本周内办结并回复群众。"
THIN = "没有写明责任人和完成时间，请补充。"
LEFT_OPEN = 2
"""Working days before the end in which nobody signs: the demonstration opens with letters that wait."""


def urge(seats: Seats, heads: dict[int, Actor], calendar: Calendar, now: datetime, ends: datetime) -> Counter[str]:
    """One day of the leaders: letters are signed, answered after a day, judged after another; how much was done.

    ``heads``: who signs, by unit. In the last days nothing is signed any more, so that something waits to be signed.
    """
    done: Counter[str] = Counter()
    last = calendar.working_day_before(calendar.local(ends).date(), LEFT_OPEN)
    for head in heads.values():
        if calendar.local(now).date() < last:
            done["signed"] += sum(_signed(head, one.id) for one in selectors.letters(head, ("drafted",)))
        lines = cases.beside(head, "supervision")
        waiting = [one for one in lines if one.holder_unit and _turn(one, now)]
        commands = [command for one in waiting if (command := _command(one, head, seats, calendar, now)) is not None]
        if commands:
            verdicts = perform_many(commands[:MOST])
            done["answered"] += sum(verdict.done is not None for verdict in verdicts)
    return done


def _signed(head: Actor, letter: int) -> bool:
    try:
        services.sign(head, letter, seen=1)
    except CaseError:
        return False
    return True


def _turn(line: BesideLine, now: datetime) -> bool:
    """Whether somebody gets to it today: most do in time, one in four lets the limit pass."""
    slow = line.case_id % 4 == 0
    return not slow or (line.due_at is not None and line.due_at + timedelta(days=1) < now)


def _command(line: BesideLine, head: Actor, seats: Seats, calendar: Calendar, now: datetime) -> Command | None:
    by = calendar.working_day_after(calendar.local(now).date(), 2).isoformat()
    if line.state == "judging":
        if line.holder_unit != head.unit:
            return None
        thin = line.case_id % 7 == 0 and line.case_id % 2
        action, facts = ("refuse_answer", {"reason": THIN, "answer_by": by}) if thin else ("accept_answer", {})
        actor = head
    else:
        action, facts = "answer_letter", {"answer": WHY}
        try:
            actor = seats.actor(line.holder_unit, "office_leader")
        except LookupError:
            return None
    return Command(
        actor=actor, case_id=line.case_id, action=action, facts=facts, thread=line.thread,
        request_id=f"play:{line.thread}:{line.case_id}:{now.date()}",
    )  # fmt: skip
