"""Opening cases: the place, the receiving centre with avoidance, the number, the tracking code, the first entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import CharField, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from bihuan.access.actors import may
from bihuan.cases import codes, compiled
from bihuan.cases.about import about_whom
from bihuan.cases.asking import asked, check_storable, refused
from bihuan.cases.attachments import check_enclosed
from bihuan.cases.batch import Asked, Batch
from bihuan.cases.errors import CaseError, Refused
from bihuan.cases.ground import STAMPS, Ground, ground
from bihuan.cases.insert import Insert
from bihuan.cases.models import Case
from bihuan.cases.numbering import per_of, written_number
from bihuan.cases.receipts import receipt_of
from bihuan.cases.shapes import OpenCommand, Opened
from bihuan.cases.sheet import ATTRIBUTES, Sheet, came_from
from bihuan.cases.words import Written
from bihuan.files.owners import owner_of
from bihuan.ledger import clock
from bihuan.ledger.acts import under_way
from bihuan.ledger.rows import together
from bihuan.ledger.selectors import KEPT_FOR, Kept
from bihuan.people.services import ContactDetails, contacts_later
from bihuan.places.models import Area, level_codes
from bihuan.rulebook.selectors import in_force_at
from bihuan.rulebook.services import numbers_later
from bihuan.rules.procedure.decide import open_case
from bihuan.rules.procedure.pairing import COUNTED_FROM, SPLIT_FROM
from bihuan.rules.procedure.shape import Procedure, opening_act
from bihuan.rules.procedure.view import Decision, Refusal
from bihuan.rules.routing import chain_of, climb
from bihuan.rules.scope import Duty
from bihuan.rules.terms import FactValue
from bihuan.vault import keyed_hash, seal
from bihuan.vault.free_text import hide
from bihuan.vault.renewing import Column

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

RULES_THERE = RawSQL(in_force_at('"places_area"."code"'), (), output_field=CharField())  # noqa: S611 - constants only
CODE_FIELD = "case.tracking"
SEALED = (Column("cases_case", "tracking_sealed", CODE_FIELD),)
"""What is renewed after a change of key."""
FROM_RECORD = "from_record"
"""Fact of the opening event of a case that was raised from a service record: the record's id."""
FROM_BATCH = "from_batch"
"""Fact of the opening event of a case that came with an import: the number of that import."""
LIMITS = {"name": 60, "phone": 40, "id_no": 30, "address": 200}
_CASE = Insert(
    Case,
    (
        "number", "tracking_hash", "tracking_sealed", "procedure", "pack_digest", "area", "area_code", "a6", "a9", "a12",
        "a15", "title", "category", "kind", "channel", "weight", "urgency", "contact", "about_unit_id",
        "about_account_id", "centre_id", "from_unit_id", "opened_at", "closed_at", "is_demo", "external_number",
    ),
    keys=("tracking_hash",),
    keep=True,
    returning=("id", "number"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opening:
    """A case that may be opened: its text can be stored, its request has a digest."""

    command: OpenCommand
    request: Asked | None
    at: datetime


@dataclass(slots=True)
class Place:
    """Where a case lies: the area's id and code, and the version of the rules in force there (an overlay's, or the place's)."""

    id: int
    code: str
    rules: str = ""


@dataclass(slots=True)
class Fresh:
    """A case that is about to be written."""

    opening: Opening
    place: Place
    ground: Ground
    procedure: Procedure
    decision: Decision
    written: Written
    title: str
    external: str
    about_unit: int
    about_account: int
    code: str = ""
    number: str = ""
    contact: int | None = None
    case_id: int = 0


def prepared(command: OpenCommand) -> Opening:
    """Check what can be checked before anything is read. Raises Refused."""
    now = clock.now()
    if command.at is not None and command.at > now:
        raise Refused("bad_fact", _("The time given lies in the future."), "at")
    if command.actor.kind == "staff" and not may(command.actor, Duty.CASE_OPEN):
        raise Refused("not_allowed", _("Your post may not do this."))
    contact = {name: getattr(command.contact, name) for name in LIMITS}
    check_storable(command.facts)
    check_storable(contact)
    check_storable({"area": command.area_code, "external_number": command.external_number})
    for name, longest in LIMITS.items():
        if len(contact[name]) > longest:
            raise Refused("bad_fact", _("This is too long: at most %(limit)s characters.") % {"limit": longest}, name)
    what = {
        "procedure": command.procedure,
        "facts": dict(command.facts),
        "contact": contact,
        "area": command.area_code,
        "about": [command.about_unit, command.about_account],
        "external": command.external_number,
        "from": [command.contact_id, command.from_record],
        **({"split": command.split_from.case_id} if command.split_from else {}),
    }
    return Opening(command, asked(command.actor, command.request_id, what), command.at or now)


@dataclass(slots=True)
class Setting:
    """What one read tells for all openings of a batch: the places by code ("" = the county's own), and the stamps.

    ``each``: one opening's fault must touch no other. ``kept``: what an opening alone was answered when it was asked before.
    """

    places: dict[str, Place]
    stamps: dict[str, Any]
    each: bool = False
    kept: Kept | None = None


def setting_of(openings: Sequence[Opening], *, acting: bool = False) -> Setting:
    """Read places and stamps: one statement. ``acting``: at the beginning of an act, which is under way from now on."""
    wanted = {area_code_of(opening.command) for opening in openings}
    one = next(iter(wanted)) if len(wanted) == 1 else None
    with together(connections[DEFAULT_DB_ALIAS]):
        if acting:
            under_way()
        found = compiled.rows_later(_setting_of_one, values=_asking(openings[0], one)) if one is not None else None
    rows = list(_setting(Q(code__in=wanted))) if found is None else found()
    places = {code: Place(pk, code, rules or "") for pk, code, _, valid_to, rules, *_ in rows if valid_to is None}
    top = min((row for row in rows if row[2] is None), key=lambda row: row[1], default=None)  # several: the lowest code
    if top is not None:
        places[""] = Place(top[0], top[1])
    stamps = dict(zip(STAMPS, rows[0][5 : 5 + len(STAMPS)], strict=True)) if rows else {}
    kept = Kept(*rows[0][-1].split(" ", 1)) if found and len(openings) == 1 and rows and rows[0][-1] else None
    return Setting(places, stamps, each=len(openings) > 1, kept=kept)


def _asking(opening: Opening, area_code: str) -> dict[int | str, int | str]:
    asked = opening.request
    whose, which = (asked.account, asked.request_id) if asked else (-1, "")
    return {compiled.TEXT: area_code, compiled.NUMBER: whose, compiled.REQUEST: which}


def _setting(wanted: Q) -> QuerySet[Area, Any]:
    rows = Area.objects.filter(wanted | Q(parent=None)).annotate(rules_there=RULES_THERE, **STAMPS)
    return rows.values_list("id", "code", "parent_id", "valid_to", "rules_there", *STAMPS)


def _setting_of_one() -> QuerySet[Area, Any]:
    """The place of one code, and beside it what was answered to a request before."""
    rows = _setting(Q(code=compiled.TEXT)).annotate(kept=RawSQL(KEPT_FOR, (compiled.NUMBER, compiled.REQUEST)))  # noqa: S611
    return rows.values_list("id", "code", "parent_id", "valid_to", "rules_there", *STAMPS, "kept")


def area_code_of(command: OpenCommand) -> str:
    """The area as given, beside the facts or among them; "" = unknown."""
    return str(command.area_code or command.facts.get("area") or "").strip()


def opened(opening: Opening, setting: Setting) -> Fresh:
    """Decide one opening. Raises Refused."""
    command = opening.command
    place = setting.places.get(area_code_of(command))
    if place is None:
        raise Refused("bad_fact", _("There is no such area."), "area")
    under = _ground(setting.stamps["current_pack"], setting)
    key = command.procedure or under.pack.usual()
    if key not in under.pack.procedures:
        raise Refused("unknown_action", _("There is no such kind of case."), "procedure")
    if "contact" in command.facts:
        raise Refused("bad_fact", _("How to reach the resident is given beside the facts."), "contact")
    about, account = _about(opening, under)
    centre = receiving_centre(command.actor, place.code, about, under)
    under = _rules_there(place, centre, under, setting)
    procedure = under.pack.procedures[key]
    start = opening_act(procedure)
    owner, resident = owner_of(command.actor, command.request_id), command.actor.kind == "resident"
    check_enclosed(start.needs, command.facts, owner, (), resident=resident, look=setting.each)
    written = Written(files_of=owner)
    said = command.facts
    if command.external_number and "external_number" in start.needs:
        said = {**said, "external_number": command.external_number}
    facts = written.hidden(start.needs, said, names=(command.contact.name, *command.named))
    if "area" in start.needs:
        facts["area"] = place.code
    if about and "about_unit" in start.needs:
        facts["about_unit"] = about
    decision = open_case(
        procedure,
        facts=facts,
        doer=command.actor.doer(),
        at=opening.at,
        calendar=under.calendar,
        directory=under.directory,
        centre=centre,
        area_code=place.code,
        about_unit=about,
        refer=written.refer,
    )
    if isinstance(decision, Refusal):
        raise refused(decision)
    decision = _begun_with(decision, command)
    texts = {word.name: word.text for word in decision.words}
    return Fresh(
        opening=opening,
        place=place,
        ground=under,
        procedure=procedure,
        decision=decision,
        written=written,
        title=texts.get("title", "")[:200],
        external=(texts.get("external_number") or hide(command.external_number)[0])[:80],
        about_unit=about,
        about_account=account,
    )


def _rules_there(place: Place, centre: int, under: Ground, setting: Setting) -> Ground:
    """The rules a case begins under: the whole place's, or an overlay's where a centre of the area it covers receives it.

    What the county's own centre takes in, and what it must take because it is about the township, goes by the county's.
    """
    if place.rules in ("", under.pack.digest):
        return under
    there, receiving = _ground(place.rules, setting), under.directory.unit(centre)
    return there if receiving is not None and receiving.area_code.startswith(there.pack.covers) else under


def _ground(digest: str, setting: Setting) -> Ground:
    stamps = setting.stamps
    return ground(digest, org_stamp=stamps["org_stamp"] or 0, calendar_stamp=stamps["calendar_stamp"] or "")


def _begun_with(decision: Decision, command: OpenCommand) -> Decision:
    """The same decision, its first event saying from what the case came: a service record, an import, another case."""
    origin: dict[str, FactValue] = {FROM_RECORD: command.from_record, FROM_BATCH: command.from_batch}
    if command.split_from:
        origin |= {SPLIT_FROM: command.split_from.case_id, COUNTED_FROM: command.split_from.counted_from}
    said = {name: value for name, value in origin.items() if value}
    first, *others = decision.events
    return replace(decision, events=(replace(first, facts={**first.facts, **said}), *others)) if said else decision


def _about(opening: Opening, under: Ground) -> tuple[int, int]:
    command = opening.command
    return about_whom(
        unit=command.about_unit or command.facts.get("about_unit"),
        account=command.about_account,
        post=command.facts.get("about_post"),
        under=under,
        today=under.calendar.local(opening.at).date(),
    )


def receiving_centre(actor: Actor, area_code: str, about: int, under: Ground) -> int:
    """The unit that receives: the doer's own or the one above him that reaches the area; else the area's nearest centre.

    A village takes in what its own people and its grids register; what others report there goes to a centre.
    What the matter is about and everything below it is passed over, up to the level above (avoidance).
    """
    directory, avoid = under.directory, (about,) if about else ()
    start = 0
    for unit in chain_of(actor.unit, directory):
        fact = directory.unit(unit)
        if fact is not None and under.takes_in(unit) and area_code.startswith(fact.area_code):
            start = unit
            break
    if not start:
        for level in sorted(under.pack.levels, key=lambda level: -level.digits):
            start = directory.centre_at(level.key, area_code)
            if start and under.is_centre(start):
                break
    centre = climb(start, avoid, directory)
    if not centre:
        raise Refused("guard", _("No unit here may receive this: it is about the highest one. Turn to the level above."))
    return centre


def write_cases(fresh: Sequence[Fresh], batch: Batch) -> list[Opened]:
    """Write the case rows (number, code, contact, row: one statement each) and add everything else to the batch."""
    with together(connections[DEFAULT_DB_ALIAS]):
        numbered, kept = _draw_numbers(fresh), _keep_contacts(fresh)
    numbered()
    kept()
    waiting = list(fresh)
    while waiting:  # a tracking code that exists already is drawn again
        for one in waiting:
            one.code = codes.new_code()
        ids = {number: case_id for case_id, number in _CASE.run([_row(one) for one in waiting])}
        for one in waiting:
            one.case_id = ids.get(one.number, 0)
        waiting = [one for one in waiting if not one.case_id]
    return [_added(one, batch) for one in fresh]


def _draw_numbers(fresh: Sequence[Fresh]) -> Callable[[], None]:
    """Numbers in the order of the openings, one statement for each sequence they draw from, the sequences by their names."""
    drawn: dict[str, list[Fresh]] = {}
    for one in fresh:
        spec = one.ground.pack.numbers["case"]
        drawn.setdefault(per_of(spec, one.ground, one.place.code, one.opening.at), []).append(one)
    asked = [(ones, numbers_later("case", per, len(ones))) for per, ones in sorted(drawn.items())]

    def written() -> None:
        for ones, first in asked:
            for n, one in enumerate(ones, first()):
                spec = one.ground.pack.numbers["case"]
                one.number = written_number(spec, one.ground, one.place.code, one.opening.at, n)

    return written


def _keep_contacts(fresh: Sequence[Fresh]) -> Callable[[], None]:
    asked: list[tuple[list[Fresh], Callable[[], list[int]]]] = []
    for is_demo in (False, True):
        some = [one for one in fresh if not one.opening.command.contact.empty and one.opening.command.is_demo == is_demo]
        details = [
            ContactDetails(**{name: getattr(one.opening.command.contact, name).strip() for name in LIMITS}) for one in some
        ]
        if details:
            asked.append((some, contacts_later(details, is_demo=is_demo)))

    def kept() -> None:
        for some, ids in asked:
            for one, contact in zip(some, ids(), strict=True):
                one.contact = contact

    return kept


def _row(one: Fresh) -> tuple[Any, ...]:
    command = one.opening.command
    facts = one.decision.events[0].facts
    levels = level_codes(one.place.code)
    return (
        one.number,
        keyed_hash(one.code, "code"),
        seal(one.code, field=CODE_FIELD),
        one.procedure.key,
        one.ground.pack.digest,
        one.place.id,
        one.place.code,
        *(levels[column] for column in ("a6", "a9", "a12", "a15")),
        one.title,
        *(str(facts.get(name) or "") for name in ("category", "kind", "channel", "weight", "urgency")),
        one.contact or command.contact_id or None,
        one.about_unit,
        one.about_account,
        centre := int(str(facts.get("centre") or 0)),
        came_from(command.actor.unit, centre),
        one.opening.at,
        None,
        command.is_demo,
        one.external,
    )


def _added(one: Fresh, batch: Batch) -> Opened:
    facts = one.decision.events[0].facts
    centre = int(str(facts.get("centre") or 0))
    columns: dict[str, Any] = {name: str(facts.get(name) or "") for name in ATTRIBUTES}
    columns |= {
        "closed_at": None,
        "centre_id": centre,
        "from_unit_id": came_from(one.opening.command.actor.unit, centre),
        "about_unit_id": one.about_unit,
        "about_account_id": one.about_account,
        "external_number": one.external,
    }
    sheet = Sheet(
        case_id=one.case_id,
        number=one.number,
        area_code=one.place.code,
        is_demo=one.opening.command.is_demo,
        procedure=one.procedure,
        ground=one.ground,
        columns=columns,
    )
    batch.add(sheet, one.decision, one.written)
    answer = {"case_id": one.case_id, "number": one.number, "version": sheet.version, "centre": centre}
    batch.remember(one.opening.request, answer)
    code = codes.shown(one.code)
    clocks = [row for (case_id, *_), row in batch.clocks.items() if case_id == one.case_id]
    receipt = receipt_of(sheet, clocks, title=one.title, at=one.opening.at)
    return Opened(
        case_id=one.case_id, number=one.number, tracking_code=code, version=sheet.version, centre=centre, receipt=receipt
    )


def tried(opening: Opening, setting: Setting) -> Fresh | CaseError:
    """``opened`` with its error as a value."""
    try:
        return opened(opening, setting)
    except CaseError as error:
        return error
