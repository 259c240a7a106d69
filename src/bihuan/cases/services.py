"""The one door: the only ways to change a case (docs/rules/door.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bihuan.access.actors import may, system_actor
from bihuan.access.looks import LookRefused, look_at_contacts
from bihuan.cases import acting, codes, opening, paired, splitting
from bihuan.cases.acting import Act
from bihuan.cases.asking import answered
from bihuan.cases.batch import Asked, Batch
from bihuan.cases.errors import CaseError, NotFound, Refused, RequestReused
from bihuan.cases.models import Case
from bihuan.cases.opening import CODE_FIELD, Opening
from bihuan.cases.parties import numbers_of
from bihuan.cases.shapes import MAIN, CasePage, Command, ContactIn, Done, OpenCommand, Opened, Verdict
from bihuan.cases.sheet import Sheet, in_scope, load, lock, lock_one
from bihuan.ledger.acts import under_way
from bihuan.ledger.selectors import Kept, recall_many
from bihuan.ledger.services import record
from bihuan.people.services.contacts import ContactDetails
from bihuan.rules.scope import Duty
from bihuan.vault import unseal

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

MOST = 200
"""Commands in one transaction."""
_Command = TypeVar("_Command")
_Answer = TypeVar("_Answer", Done, Opened)


class _TakenMeanwhile(Exception):
    """The request id was used before, or by another transaction while this one ran: roll back, then give its answer.

    ``kept``: that answer, where it was read already.
    """

    def __init__(self, kept: Kept | None = None) -> None:
        """Keep the answer."""
        super().__init__()
        self.kept = kept


def open_case(
    *,
    actor: Actor,
    facts: Mapping[str, Any],
    request_id: str,
    procedure: str = "",
    contact: ContactIn | None = None,
    area_code: str = "",
    about_unit: int = 0,
    about_account: int = 0,
    external_number: str = "",
    is_demo: bool = False,
    at: datetime | None = None,
) -> Opened:
    """Register a case: number, tracking code, receiving centre (routing with avoidance), first entry, clocks.

    ``facts``: what the procedure's opening action needs; ``procedure`` "" = the pack's usual one. Raises Refused, RequestReused.
    """
    command = OpenCommand(
        actor=actor,
        request_id=request_id,
        facts=facts,
        procedure=procedure,
        contact=contact or ContactIn(),
        area_code=area_code,
        about_unit=about_unit,
        about_account=about_account,
        external_number=external_number,
        is_demo=is_demo,
        at=at,
    )
    return open_one(command)


def open_one(command: OpenCommand) -> Opened:
    """``open_case`` with its arguments as one value."""
    asking = opening.prepared(command)

    def run(batch: Batch) -> Opened:
        setting = opening.setting_of([asking], acting=True)
        if setting.kept:
            raise _TakenMeanwhile(setting.kept)
        fresh = opening.opened(asking, setting)
        return opening.write_cases([fresh], batch)[0]

    return _once(asking, run, _opened_before)


def refused_opening(command: OpenCommand) -> str:
    """Why this case cannot be opened, as its reporter would read it; "" where it can. Nothing is written."""
    try:
        asking = opening.prepared(command)
        opening.opened(asking, opening.setting_of([asking]))
    except CaseError as error:
        return error.say
    return ""


def perform(
    *,
    actor: Actor,
    case_id: int,
    action: str,
    request_id: str,
    facts: Mapping[str, Any] | None = None,
    thread: str = MAIN,
    seen: int | None = None,
    at: datetime | None = None,
    other: int = 0,
    seen_other: int | None = None,
) -> Done:
    """Perform one act. Raises NotFound, Refused, Conflict (with what changed), RequestReused; then nothing is written.

    ``other``: the second case of an act that the pack pairs with one on another case; both happen or neither.
    """
    command = Command(
        actor=actor,
        case_id=case_id,
        action=action,
        request_id=request_id,
        facts=facts or {},
        thread=thread,
        seen=seen,
        at=at,
        other=other,
        seen_other=seen_other,
    )
    act = acting.prepared(command)

    def run(batch: Batch) -> Done:
        if other:
            under_way()
        sheets = lock(actor, (case_id, other)) if other else {case_id: lock_one(actor, case_id, acting=True)}
        return paired.act_on(sheets.get(case_id), sheets.get(other), act, batch)

    return _once(act, run, _done_before)


def split_off(
    *, actor: Actor, case_id: int, facts: Mapping[str, Any], request_id: str, action: str = "split_off", seen: int | None = None
) -> Opened:
    """Register one part of what was reported as a case of its own, linked to the first, in one transaction.

    ``facts``: title and words of the part, where it lies (``area``) and how urgent it is if not as the first. The same
    reporter gets a second tracking code. Raises NotFound, Refused, Conflict, RequestReused.
    """
    command = Command(actor=actor, case_id=case_id, action=action, facts=facts, request_id=request_id, seen=seen)
    act = acting.prepared(command)
    return _once(act, lambda batch: splitting.split(lock_one(actor, case_id, acting=True), act, batch), _opened_before)


def open_many(commands: Sequence[OpenCommand]) -> list[Verdict]:
    """Register up to 200 cases in one durable transaction with multi-row inserts; each has its own verdict."""
    asking = _each(commands, opening.prepared)

    def run(waiting: list[Opening], batch: Batch) -> list[Opened | CaseError]:
        setting = opening.setting_of(waiting, acting=True)
        fresh = [opening.tried(one, setting) for one in waiting]
        lawful = [one for one in fresh if not isinstance(one, CaseError)]
        done = iter(opening.write_cases(lawful, batch))
        return [one if isinstance(one, CaseError) else next(done) for one in fresh]

    return _many(asking, run, _opened_before, look=True)


def perform_many(commands: Sequence[Command]) -> list[Verdict]:
    """Perform up to 200 acts in one durable transaction, each with its own verdict, in the order given.

    All cases are locked first, in the order of their numbers. What one act is refused for touches no other: acts are
    decided before anything is written. Only a fault of the database undoes them all, and is raised.
    """
    asking = _each(commands, acting.prepared)

    def run(waiting: list[Act], batch: Batch) -> list[Done | CaseError]:
        ids = [number for act in waiting for number in (act.command.case_id, act.command.other) if number]
        actors = {act.command.actor for act in waiting}
        alone = next(iter(actors)) if len(actors) == 1 else None
        under_way()
        sheets = lock(alone or system_actor(), ids)

        def seen(act: Act, case_id: int) -> Sheet | None:
            sheet = sheets.get(case_id)
            return sheet if sheet is not None and (alone or sheet.seen_by(act.command.actor)) else None

        outcomes: list[Done | CaseError] = []
        for act in waiting:
            before = outcomes[-1] if outcomes and act.command.follows else None
            if act.command.follows and not (isinstance(before, Done) and before.case_id == act.command.case_id):
                outcomes.append(Refused("wrong_state", _("The step before this one did not happen.")))
                continue
            outcomes.append(paired.tried(seen(act, act.command.case_id), seen(act, act.command.other), act, batch))
        return outcomes

    return _many(asking, run, _done_before)


_Asking = TypeVar("_Asking", Act, Opening)


def _each(commands: Sequence[_Command], prepare: Callable[[_Command], _Asking]) -> list[_Asking | CaseError]:
    if len(commands) > MOST:
        raise ValueError(f"at most {MOST} commands in one transaction")
    prepared: list[_Asking | CaseError] = []
    for command in commands:
        try:
            prepared.append(prepare(command))
        except CaseError as error:
            prepared.append(error)
    return prepared


def _once(asking: Act | Opening, run: Callable[[Batch], _Answer], again: Callable[[dict[str, Any]], _Answer]) -> _Answer:
    """Run one command in a durable transaction; a repeated request gets its first answer, whatever it is refused for now."""
    try:
        with transaction.atomic(durable=True):
            batch = Batch()
            done = run(batch)
            if not batch.write(asking.at):
                raise _TakenMeanwhile
            return done
    except (CaseError, _TakenMeanwhile) as why:
        answer = answered(asking.request, why.kept if isinstance(why, _TakenMeanwhile) else None)
        if answer is None:
            raise
        return again(answer)


def _many(
    asking: Sequence[_Asking | CaseError],
    run: Callable[[list[_Asking], Batch], Sequence[_Answer | CaseError]],
    again: Callable[[dict[str, Any]], _Answer],
    *,
    look: bool = False,
) -> list[Verdict]:
    """Answer repeated requests, run the others in one transaction; anew from the start when another one took an id.

    ``look``: see first which of them were answered before. Else they are taken for new, and looked up only where one turns
    out not to be, or is refused: a repeated one may be refused for what it did itself the first time.
    """
    while True:
        try:
            with transaction.atomic(durable=True):
                return _many_once(asking, run, again, look=look)
        except _TakenMeanwhile:
            look = True
        except CaseError:  # found in writing: a repeated one may miss the very files that it attached the first time
            if look:
                raise
            look = True


def _many_once(
    asking: Sequence[_Asking | CaseError],
    run: Callable[[list[_Asking], Batch], Sequence[_Answer | CaseError]],
    again: Callable[[dict[str, Any]], _Answer],
    *,
    look: bool,
) -> list[Verdict]:
    pairs = {(one.request.account, one.request.request_id) for one in asking if not isinstance(one, CaseError) and one.request}
    kept = recall_many(sorted(pairs)) if look else {}
    verdicts: dict[int, Verdict] = {}
    first: dict[tuple[int, str], Asked] = {}
    repeated: list[int] = []
    waiting: list[int] = []
    for n, one in enumerate(asking):
        if isinstance(one, CaseError):
            verdicts[n] = Verdict(error=one)
            continue
        key = (one.request.account, one.request.request_id) if one.request else None
        if key is not None and (key in kept or key in first):
            repeated.append(n)
        else:
            waiting.append(n)
            if key is not None and one.request is not None:
                first[key] = one.request
    batch = Batch(each=len(waiting) > 1)
    chosen = [one for n in waiting if not isinstance(one := asking[n], CaseError)]
    for n, outcome in zip(waiting, run(chosen, batch) if chosen else (), strict=True):
        verdicts[n] = Verdict(error=outcome) if isinstance(outcome, CaseError) else Verdict(done=outcome)
    if not look and any(verdict.error for verdict in verdicts.values()) and recall_many(sorted(pairs)):
        raise _TakenMeanwhile
    if batch.entries and not batch.write(max(one.at for one in chosen)):
        raise _TakenMeanwhile
    for n in repeated:
        one = asking[n]
        if not isinstance(one, CaseError) and one.request:
            known = kept.get((one.request.account, one.request.request_id))
            verdicts[n] = _repeated(one.request, known, again, verdicts, asking)
    return [verdicts[n] for n in range(len(asking))]


def _repeated(
    request: Asked,
    known: Kept | None,
    again: Callable[[dict[str, Any]], _Answer],
    verdicts: Mapping[int, Verdict],
    asking: Sequence[Act | Opening | CaseError],
) -> Verdict:
    """The verdict on a request that was answered before, or that stands earlier in the same batch."""
    try:
        answer = answered(request, known)
    except CaseError as error:
        return Verdict(error=error)
    if answer is not None:
        return Verdict(done=again(answer))
    same = (n for n, one in enumerate(asking) if not isinstance(one, CaseError) and one.request == request)
    earlier = verdicts.get(next(same))
    return earlier or Verdict(error=RequestReused(_("This request id stands twice in one batch, for different things.")))


def _opened_before(answer: dict[str, Any]) -> Opened:
    """The answer to a repeated opening; the tracking code is kept sealed with the case alone."""
    return Opened(
        case_id=answer["case_id"],
        number=answer["number"],
        version=answer["version"],
        tracking_code=_code_of(Case.objects.filter(pk=answer["case_id"])) or "",
        replayed=True,
        centre=answer.get("centre", 0),
    )


def _done_before(answer: dict[str, Any]) -> Done:
    return Done(**{**answer, "asked": tuple(answer.get("asked", ()))}, replayed=True)


def _code_of(cases: QuerySet[Case]) -> str | None:
    sealed = cases.values_list("tracking_sealed", flat=True).first()
    return None if sealed is None else codes.shown(unseal(sealed, field=CODE_FIELD))


def unmask(*, actor: Actor, case_id: int, field: str, reason: str) -> str:
    """One field of the case's contact in clear (name, phone, id_no, address); the look is entered in the ledger.

    Raises NotFound (no such case in scope, or nothing held), Refused (not this post's duty, no reason).
    """
    return unmask_several(actor=actor, case_id=case_id, fields=(field,), reason=reason)[field]


def unmask_several(*, actor: Actor, case_id: int, fields: Sequence[str], reason: str, party: int = 0) -> dict[str, str]:
    """Fields of the case's contact in clear, for one reason, as one look that names them all. Raises as ``unmask``.

    ``party``: the number of a further party's contact, one of this case, instead of the resident's.
    """
    rows = Case.objects.filter(in_scope(actor), pk=case_id)
    contact = _party(rows, party) if party else rows.values_list("contact_id", flat=True).first()
    if contact is None or not fields or not set(fields) <= set(opening.LIMITS):
        raise NotFound(_("There is nothing to show."))
    (details,) = _looked(actor, [contact], fields, reason, case_id)
    return {field: str(getattr(details, field)) for field in fields}


def unmask_names(*, actor: Actor, page: CasePage, contacts: Sequence[int], reason: str) -> list[str]:
    """The names of several people of a case in clear, for one reason, each a look of its own; ``page``: as the actor sees it.

    Raises as ``unmask``. Four statements however many.
    """
    known = {one.id for one in (page.contact, *page.parties) if one}
    if not contacts or not known.issuperset(contacts):
        raise NotFound(_("There is nothing to show."))
    return [one.name for one in _looked(actor, contacts, ("name",), reason, page.case_id)]


def _looked(actor: Actor, contacts: Sequence[int], fields: Sequence[str], reason: str, case_id: int) -> list[ContactDetails]:
    try:
        said = f"{', '.join(fields)}: {reason}" if reason.strip() else ""
        return look_at_contacts(actor, contacts, reason=said, case_id=case_id)
    except LookRefused as refusal:
        if refusal.code == "duty":
            raise Refused("not_allowed", _("Your post may not do this.")) from refusal
        if refusal.code == "reason":
            raise Refused("bad_fact", _("Say in a few words why you need to see this."), "reason") from refusal
        raise NotFound(_("There is nothing to show.")) from refusal


def _party(rows: QuerySet[Case], number: int) -> int | None:
    """The contact, when it is one of a party named in that case."""
    sheet = next(iter(load(rows).values()), None)
    return number if sheet is not None and number in numbers_of(sheet) else None


def reprint_code(*, actor: Actor, case_id: int) -> str:
    """The tracking code again ("7QK4-M2XD"), for a slip; that it was shown is entered in the ledger."""
    if not may(actor, Duty.CASE_OPEN):
        raise Refused("not_allowed", _("Your post may not do this."))
    with transaction.atomic():
        code = _code_of(Case.objects.filter(in_scope(actor), pk=case_id))
        if code is None:
            raise NotFound(_("There is no such case."))
        record(f"look:{actor.account}", "code_shown", by=actor.doer(), facts={"case": case_id}, area=actor.area_code)
    return code
