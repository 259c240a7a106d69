"""Supervision: which events draft a letter and for whom, and what a signed or void letter does on its cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from bihuan.access.actors import system_actor
from bihuan.cases import selectors as cases
from bihuan.cases.services import MOST, perform_many
from bihuan.cases.shapes import MAIN, Command, Placed
from bihuan.flows.telling import event_of, office_calendar, tell, tell_thread
from bihuan.ledger import clock
from bihuan.ledger.services import Claim
from bihuan.people.selectors import directory
from bihuan.people.services.contacts import open_contact
from bihuan.rulebook.selectors import pack
from bihuan.rules.clocks.reading import kind_of
from bihuan.rules.events import Event
from bihuan.rules.procedure.decide import LIMIT_PASSED
from bihuan.rules.routing import Directory, chain_of, climb
from bihuan.rules.scope import Duty
from bihuan.supervision import services
from bihuan.supervision.shapes import Grade, Occasion
from bihuan.vault.free_text import hide_name

THREAD = "supervision"
"""The kind of thread that a letter opens on each of its cases."""


def draft_letters(work: Claim) -> None:
    """An event after which the pack wants a letter: the matter enters the draft for the unit that answers for it."""
    event, case = event_of(work), cases.placed(int(str(work.payload["case"])))
    if case is None:
        return
    for grade in _wanted(case, event):
        occasion = _occasion(case, event, grade)
        if occasion is not None:
            services.draft(occasion)


def _wanted(case: Placed, event: Event) -> Iterator[str]:
    for follow in pack(case.pack_digest).later.follows:
        if follow.on == event.kind and follow.where.holds(event.facts):
            yield from (each.grade for each in follow.then if (each.does, each.what) == ("open_thread", THREAD))


def _occasion(case: Placed, event: Event, grade: str) -> Occasion | None:
    """None where nobody here may write the letter: no unit answers, it is the highest, or the matter is about it."""
    units = directory()
    late = event.kind == LIMIT_PASSED
    due = event.facts.get("due") if late else None
    unit = int(str(event.facts.get("charged_unit") or 0)) if late else cases.holder(case.id).unit
    issuer = issuer_of(unit, case, units)
    if not issuer:
        return None
    return Occasion(
        issuer=issuer,
        unit=unit,
        grade=cast(Grade, grade),
        ref=f"{event.kind}:{case.id}:{event.seq}:{grade}",
        case_id=case.id,
        number=case.number,
        summary=_unnamed(case),
        clock=str(event.facts.get("clock") or ""),
        due_at=datetime.fromisoformat(str(due)) if due else None,
        is_demo=case.is_demo,
    )


def _unnamed(case: Placed) -> str:
    """The title of a case without the name of whoever reported it: letters go to others, and a title may hold it."""
    known = open_contact(case.contact) if case.contact else None
    return hide_name(case.title, known.name) if known else case.title


def issuer_of(unit: int, case: Placed, units: Directory) -> int:
    """Who writes to a unit about a case: the centre in charge; where that is the unit itself or below it, the one above the unit.

    Never a unit that the matter is about, and nobody writes to one it is about: it must not know of it.
    """
    avoid = (case.about_unit,) if case.about_unit else ()
    if not unit or set(avoid) & set(chain_of(unit, units)):
        return 0
    centre = climb(case.centre, avoid, units)
    if not centre or unit in chain_of(centre, units):
        return climb(units.superior_of(unit), avoid, units)
    return centre


def tell_drafted(work: Claim) -> None:
    """A letter waits for its signature: the leaders of the issuing unit read it, from the next office hour on."""
    letter = int(str(work.payload["letter"]))
    issuer, _unit = services.parties(letter)
    _tell_of_letter(issuer, Duty.LETTER_SIGN, "letter_drafted", letter, at=office_calendar().opening_from(clock.now()))


def open_lines(work: Claim) -> None:
    """A letter was signed: every case on it gets its line of supervision through the door, and the office is told.

    A case that has ended meanwhile refuses it and stays on the letter; where all have, nothing is left to answer. May run
    again: a line that is there is not opened twice.
    """
    letter = int(str(work.payload["letter"]))
    facts, waiting = services.issued(letter)
    there = {one.case_id for one in cases.beside(system_actor(), THREAD, items=[str(letter)], only_open=False)}
    for start in range(0, len(waiting), MOST):
        part = waiting[start : start + MOST]
        commands = [
            Command(actor=system_actor(), case_id=case_id, action="supervise", facts=facts, request_id="", thread=MAIN)
            for _line, case_id in part
            if case_id not in there
        ]
        perform_many(commands)
        services.mark_opened([line for line, _case in part])
    _settle_if_done(letter)
    _issuer, unit = services.parties(letter)
    _tell_of_letter(unit, Duty.LETTER_READ, "letter_received", letter)


def _settle_if_done(letter: int) -> None:
    if not cases.beside(system_actor(), THREAD, items=[str(letter)]):
        services.settle(letter)


def _tell_of_letter(unit: int, duty: Duty, kind: str, letter: int, at: datetime | None = None) -> None:
    href = f"/desk/supervision/letter/{letter}"
    tell(unit=unit, post="", duty=duty, kind=kind, ref=f"letter:{letter}:{kind}", href=href, at=at)


def withdraw_lines(work: Claim) -> None:
    """A signed letter was declared void: its lines on the cases end."""
    letter = int(str(work.payload["letter"]))
    open_ones = cases.beside(system_actor(), THREAD, items=[str(letter)])
    commands = [
        Command(actor=system_actor(), case_id=one.case_id, action="withdraw_letter", request_id="", thread=one.thread)
        for one in open_ones
    ]
    if commands:
        perform_many(commands)


def follow_thread(work: Claim) -> None:
    """Something happened in a line of supervision or an instruction: whoever holds it now is told, a letter may be done."""
    event = event_of(work)
    if kind_of(event.thread) == THREAD and event.kind in ("supervision_accepted", "ended"):
        item = event.thread.partition(":")[2]
        if item.isdigit():
            _settle_if_done(int(item))
    elif event.kind in TOLD:
        tell_thread(work, event, TOLD[event.kind])


TOLD = {"supervision_answered": "letter_answered", "supervision_insufficient": "letter_insufficient"}


def tell_instructed(work: Claim) -> None:
    """A leader gave a written instruction: whoever holds the case reads it at once."""
    case_id, event = int(str(work.payload["case"])), event_of(work)
    holder = cases.holder(case_id)
    tell(unit=holder.unit, post=holder.post, kind="instructed", ref=f"case:{case_id}:{event.seq}", case_id=case_id)


def tell_reported(work: Claim) -> None:
    """An instruction was reported on: the leaders of the unit that gave it last read it."""
    case_id, event = int(str(work.payload["case"])), event_of(work)
    unit, post = cases.last_doer(case_id, "instructed")
    tell(unit=unit, post=post, kind="instruction_reported", ref=f"case:{case_id}:{event.seq}", case_id=case_id)


def forget_words(work: Claim) -> None:
    """The words of a case were erased: they go from letters and circulars too."""
    services.forget_words(int(str(work.payload["case"])))
