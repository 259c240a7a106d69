"""The worker: limits that have passed, acts that the system owes, work in the outbox, the search, folded counts, anchors.

Everything it does to a case goes through the door, as ``system``. It may be stopped at any instant and run twice beside
itself: each limit is entered once, each act is lawful once, work in the outbox comes back when its worker has died.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections

from bihuan.access import codes, lockout, sessions
from bihuan.access.actors import system_actor
from bihuan.cases import daily, selectors
from bihuan.cases.happened import topic_of
from bihuan.cases.rebuilding import rebuild
from bihuan.cases.search_index import index_waiting
from bihuan.cases.services import MOST, perform_many
from bihuan.cases.shapes import Command
from bihuan.files.errors import NotKept
from bihuan.files.services import sweep as sweep_files
from bihuan.flows import clock_set
from bihuan.flows.redrawn import carry_on
from bihuan.flows.renewing import is_owed, renew_all
from bihuan.flows.retention import clear_records, erase_what_is_over
from bihuan.flows.table import LATER, POSTED, Receiver
from bihuan.flows.telling import office_calendar
from bihuan.ledger import anchors, clock
from bihuan.ledger.selectors import next_waiting
from bihuan.ledger.services import Claim, claim, done, failed, forget_requests
from bihuan.notify.services import forget_read
from bihuan.rules.procedure.decide import LIMIT_NEAR, LIMIT_PASSED
from bihuan.vault.errors import NoKeys
from bihuan.vault.services import erase_due

log = logging.getLogger(__name__)
ANCHOR_EVERY = timedelta(minutes=1)
TIDY_EVERY = timedelta(hours=1)
FOLDS = 4
"""Transactions of one round for each kind of sum: limits and notices wait no longer than these."""
RENEWING = 20.0
"""Seconds of each hour for sealing anew what is under an older key; ``bihuan keys renew`` does it at one go."""
REQUESTS_KEPT = timedelta(days=400)
"""How long a request id is known: an import repeated within a year is still recognised row by row."""
NOTICES_KEPT = timedelta(days=400)
"""How long a notice stays once it has been read."""
_BY_TOPIC: dict[str, tuple[Receiver, ...]] = {topic_of(kind): receivers for kind, receivers in LATER.items()} | dict(POSTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one round did: limits entered, reminders given, acts performed, outbox done and put back, cases taken into
    the daily sums, cases made searchable, matters that followed a redrawn area.
    """

    limits: int = 0
    acts: int = 0
    delivered: int = 0
    put_back: int = 0
    folded: int = 0
    indexed: int = 0
    reminded: int = 0
    redrawn: int = 0

    def __bool__(self) -> bool:
        """True when there was anything to do."""
        return any(getattr(self, field.name) for field in fields(self))


def run_once(now: datetime | None = None, *, outbox: bool = True) -> Report:
    """One round of everything that is due by ``now`` (default: the product's clock). Call outside a transaction."""
    moment = now or clock.now()
    limits = enter_limits(moment)
    reminded = remind(moment)
    acts = perform_due(moment)
    redrawn = carry_on()
    delivered, put_back = deliver() if outbox else (0, 0)
    indexed, folded = index_waiting(), _fold(moment)
    return Report(
        limits=limits, acts=acts, delivered=delivered, put_back=put_back, folded=folded, indexed=indexed, reminded=reminded,
        redrawn=redrawn,
    )  # fmt: skip


def rests_until(now: datetime) -> datetime | None:
    """After a round at ``now``: before which moment further rounds find nothing if nobody acts meanwhile; None = ever.

    A limit is entered after its moment has passed, everything else from its moment on. Not for matters that follow a
    redrawn area, nor for counts and words to search that stand in the way of nobody. Four statements.
    """
    moments = (selectors.next_due(now), next_waiting())
    return min((at for at in moments if at is not None), default=None)


def enter_limits(now: datetime) -> int:
    """Enter every limit that has passed as ``limit_passed``, once each; how many."""
    return _enter(LIMIT_PASSED, lambda: selectors.limits_passed(now, limit=MOST))


def remind(now: datetime) -> int:
    """Enter every reminder that is due as ``limit_near``, once each; nothing outside office hours; how many."""
    if not selectors.reminders_due(now, limit=1) or office_calendar().opening_from(now) != now:
        return 0
    return _enter(LIMIT_NEAR, lambda: selectors.reminders_due(now, limit=MOST))


def _enter(action: str, due: Callable[[], Sequence[tuple[int, str, str]]]) -> int:
    entered = 0
    while found := due():
        commands = [_by_system(case_id, thread, action, clock=key) for case_id, thread, key in found]
        lawful = _performed(commands)
        entered += len(lawful)
        wrong = {command.case_id for command in commands} - {command.case_id for command in lawful}
        if wrong:  # the index says what the ledger does not: make it again, so that it cannot stand in the way
            log.warning("deadlines of %d cases were not those of the ledger and have been made again", len(wrong))
            rebuild(sorted(wrong))
        if not lawful:
            break
    return entered


def perform_due(now: datetime) -> int:
    """Perform every act that the system owes: dates that have come, clocks that ran out, silence; how many."""
    performed, after = 0, 0
    while True:
        due, after = selectors.acts_due(now, after=after, limit=MOST)
        for start in range(0, len(due), MOST):
            part = due[start : start + MOST]
            performed += len(_performed([_by_system(case_id, thread, action) for case_id, thread, action in part]))
        if not after:
            return performed


def _by_system(case_id: int, thread: str, action: str, **facts: str) -> Command:
    return Command(actor=system_actor(), case_id=case_id, thread=thread, action=action, facts=facts, request_id="")


def _performed(commands: Sequence[Command]) -> list[Command]:
    """The commands that were lawful. One that is not any more was overtaken: nothing is owed then."""
    verdicts = perform_many(commands)
    return [command for command, verdict in zip(commands, verdicts, strict=True) if verdict.done is not None]


def deliver(limit: int = 100) -> tuple[int, int]:
    """Do the work waiting in the outbox, at most ``limit`` pieces; how many were done and how many put back."""
    finished = put_back = 0
    while finished + put_back < limit and (taken := claim(min(20, limit - finished - put_back))):
        for work in taken:
            if _delivered(work):
                finished += 1
            else:
                put_back += 1
    return finished, put_back


def _delivered(work: Claim) -> bool:
    try:
        for receive in _BY_TOPIC.get(work.topic, ()):
            receive(work)
    except Exception as fault:  # noqa: BLE001 - whatever one receiver meets, the others' work goes on
        log.warning("outbox %d (%s) was put back: %s", work.id, work.topic, type(fault).__name__)
        failed(work, type(fault).__name__)
        return False
    done(work)
    return True


def _fold(now: datetime) -> int:
    """Cases that wait for the daily sums, at most so many in one round."""
    folded = 0
    for _ in range(FOLDS):
        part = daily.fold(now)
        folded += part
        if not part:
            break
    return folded


def tidy(*, settled: bool = True) -> None:
    """Clear away what is over: ended sessions, failures of sign-in, old request ids, what the vault may keep no longer.

    ``settled`` False: the clock is not believed enough to erase by it what cannot be brought back.
    """
    sessions.sweep()
    lockout.sweep()
    codes.sweep()
    if not settled:
        log.warning("the clock has not gone on for a day without a leap: nothing is erased yet")
        return
    now = clock.now()
    forget_requests(now - REQUESTS_KEPT)
    erase_due(at=now)
    erase_what_is_over(now)
    clear_records(now)
    daily.clear(now)
    forget_read(now - NOTICES_KEPT)
    sweep_files()


def renew_for_a_while(stopped: Callable[[], bool], seconds: float = RENEWING) -> bool:
    """After a change of key: seal anew what is still under an older one, for so long; True when nothing is owed any more."""
    until = time.monotonic() + seconds
    try:
        return not is_owed() or renew_all(stopped=lambda: stopped() or time.monotonic() > until).whole
    except (NoKeys, NotKept) as fault:
        log.warning("sealing anew goes on later: %s", type(fault).__name__)
        return False


def work(stopped: Callable[[], bool], *, pause: float = 1.0, anchor: bool = True) -> None:
    """Go round until ``stopped`` says so, with a pause of seconds when there was nothing to do.

    An anchor is noted each minute, what is over is cleared away now and then, by the time that really passes and not by
    the clock, which may be set. A fault of the database or the disk is logged and tried again after a longer pause.
    """
    anchored = tidied = -math.inf
    watch = clock_set.Watch()
    while not stopped():
        close_old_connections()
        rest = pause
        try:
            watch.look(clock.now())
            if run_once():
                rest = 0.0
            if anchor and time.monotonic() - anchored >= ANCHOR_EVERY.total_seconds():
                anchors.write()
                anchored = time.monotonic()
            if time.monotonic() - tidied >= TIDY_EVERY.total_seconds():
                tidy(settled=not anchor or clock_set.is_settled(clock.now()))
                renew_for_a_while(stopped)
                tidied = time.monotonic()
        except (DatabaseError, OSError):
            log.exception("the worker's round failed and will be tried again")
            rest = max(pause, 5.0)
        until = time.monotonic() + rest
        while not stopped() and time.monotonic() < until:
            time.sleep(min(0.2, pause))
