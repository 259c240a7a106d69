"""Service records: record one, raise it to a case, link it to the case it became."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.access.actors import may
from bihuan.cases.asking import answered, asked, check_storable
from bihuan.cases.batch import Asked
from bihuan.cases.happened import Happened
from bihuan.cases.insert import Change, Insert
from bihuan.cases.opening import FROM_RECORD, LIMITS
from bihuan.cases.services import open_one
from bihuan.cases.shapes import OpenCommand, Opened
from bihuan.cases.words import plain, reference
from bihuan.intake.errors import CaseError, NotFound, Refused
from bihuan.intake.models import ServiceRecord
from bihuan.intake.scope import in_scope
from bihuan.intake.shapes import RecordIn
from bihuan.ledger import clock
from bihuan.ledger.services import NewEntry, append, remember
from bihuan.ledger.services import record as record_entry
from bihuan.people.services import ContactDetails, create_contact
from bihuan.people.services.contacts import opened_name
from bihuan.places.models import Area, level_codes
from bihuan.rulebook.selectors import pack
from bihuan.rules.scope import Duty
from bihuan.rules.terms import SYSTEM, Doer
from bihuan.vault.free_text import Found, hide, hide_name
from bihuan.vault.services import erase, keep_many

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

LONGEST = {"what": 200, "words": 5000, "result": 2000}
RECORDED, ERASED = "service_recorded", "service_erased"
_RECORD = Insert(
    ServiceRecord,
    (
        "what", "words", "result", "salt", "category", "channel", "area", "area_code", "a6", "a9", "a12", "a15",
        "contact", "unit_id", "account_id", "at", "case_id", "is_demo",
    ),
    returning=("id",),
)  # fmt: skip
_LINK = Change(ServiceRecord, ("case_id",))


class _TakenMeanwhileError(Exception):
    """The request id was used by another transaction while this one ran."""


def record_service(*, actor: Actor, record: RecordIn, request_id: str) -> int:
    """Keep one service record and its ledger entry; gives its id. The same request again gives the same id.

    Raises Refused (no duty, bad input), RequestReused.
    """
    _check(actor, record)
    contact = {name: getattr(record.contact, name) for name in LIMITS}
    what = {name: getattr(record, name) for name in (*LONGEST, "category", "channel", "area_code")}
    request = asked(actor, request_id, {"record": what, "contact": contact})
    try:
        with transaction.atomic(durable=True):
            return _write(actor, record, request, clock.now())
    except (CaseError, _TakenMeanwhileError):
        answer = answered(request)
        if answer is None:
            raise
        return int(answer["record"])


def _check(actor: Actor, record: RecordIn) -> None:
    if not may(actor, Duty.RECORD_WRITE):
        raise Refused("not_allowed", _("Your post may not do this."))
    contact = {name: getattr(record.contact, name) for name in LIMITS}
    texts = {name: getattr(record, name) for name in LONGEST}
    keys = {name: getattr(record, name) for name in ("category", "channel", "area_code")}
    check_storable(texts | keys | contact)
    for name, longest in {**LONGEST, **LIMITS}.items():
        if len({**texts, **contact}[name]) > longest:
            raise Refused("bad_fact", _("This is too long: at most %(limit)s characters.") % {"limit": longest}, name)
    for name in ("what", "result"):
        if not texts[name].strip():
            raise Refused("bad_fact", _("This is missing."), name)
    catalogue = pack(actor.pack_digest).catalogue
    known = {"category": {leaf.key for leaf in catalogue.leaves()}, "channel": {one.key for one in catalogue.channels}}
    for name, choices in known.items():
        if keys[name] and keys[name] not in choices:
            raise Refused("bad_fact", _("This is not one of the choices."), name)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The three texts with numbers hidden, and what was hidden."""

    texts: dict[str, str]
    found: dict[str, list[Found]]


def _shown(record: RecordIn) -> _Shown:
    hidden = {name: hide(hide_name(plain(getattr(record, name)), record.contact.name)) for name in LONGEST}
    return _Shown(
        {name: text for name, (text, _found) in hidden.items()}, {name: found for name, (_text, found) in hidden.items() if found}
    )


def shown_words(*texts: str) -> tuple[str, ...]:
    """Texts of a record with what looks like a number hidden, as they are kept and digested."""
    return tuple(hide(plain(text))[0] for text in texts)


def _write(actor: Actor, record: RecordIn, request: Asked | None, at: datetime) -> int:
    code = record.area_code.strip() or actor.area_code
    area = Area.objects.filter(code=code, valid_to=None).values_list("pk", flat=True).first()
    if area is None or not any(code.startswith(own) for own in (*actor.scope.area_codes, actor.area_code)):
        raise Refused("bad_fact", _("There is no such area."), "area")
    contact = None
    if not record.contact.empty:
        details = ContactDetails(**{name: getattr(record.contact, name).strip() for name in LIMITS})
        contact = create_contact(details, is_demo=record.is_demo)
    shown, salt = _shown(record), secrets.token_hex(8)
    levels = level_codes(code)
    texts = [shown.texts[name] for name in LONGEST]
    row = (
        *texts, salt, record.category, record.channel, area, code, *(levels[name] for name in ("a6", "a9", "a12", "a15")),
        contact, actor.unit, actor.account, at, 0, record.is_demo,
    )  # fmt: skip
    ((number,),) = _RECORD.run([row])
    facts = {"category": record.category, "channel": record.channel, "texts": reference(salt, "\0".join(texts))}
    append([NewEntry(stream=stream_of(number), kind=RECORDED, at=at, by=actor.doer(), facts=facts, thread="", area=code)])
    keep_many([(f"{stream_of(number)}:{name}", found) for name, found in shown.found.items()], at=at)
    if request and not remember(request.account, request.request_id, request.digest, json.dumps({"record": number}), at=at):
        raise _TakenMeanwhileError
    return int(number)


def stream_of(record_id: int) -> str:
    """The name of a record's stream in the ledger."""
    return f"record:{record_id}"


def raisable(actor: Actor, record_id: int) -> ServiceRecord | None:
    """A record as ``raise_to_case`` takes it; None when it is out of scope or not there. One statement."""
    return ServiceRecord.objects.filter(in_scope(actor), pk=record_id).select_related("contact").first()


def raise_to_case(
    *,
    actor: Actor,
    record_id: int,
    request_id: str,
    record: ServiceRecord | None = None,
    facts: Mapping[str, Any] | None = None,
    about_unit: int = 0,
    about_account: int = 0,
) -> Opened:
    """Open a case from a service record, nothing retyped; ``facts`` add what a case needs and a record lacks.

    The record's contact becomes the case's, unseen. ``about_unit`` and ``about_account``: whom the matter is about; from
    then on they do not see the record either. ``record``: as ``raisable`` gave it, else it is read.

    Raises NotFound, Refused (raised before, facts missing).
    """
    row = record or raisable(actor, record_id)
    if row is None or not may(actor, Duty.RECORD_WRITE):
        raise NotFound(_("There is no such record."))
    told = {
        "title": row.what[:60],
        "what": "\n".join(text for text in (row.words or row.what, row.result) if text),
        "category": row.category,
        "channel": row.channel,
    }
    return open_one(
        OpenCommand(
            actor=actor,
            request_id=request_id,
            facts={name: value for name, value in {**told, **(facts or {})}.items() if value},
            area_code=row.area_code,
            contact_id=row.contact_id or 0,
            named=(opened_name(row.contact.name_sealed),) if row.contact and row.contact.name_sealed else (),
            from_record=record_id,
            about_unit=about_unit,
            about_account=about_account,
            is_demo=row.is_demo,
        )
    )


def link_raised(opened: Sequence[Happened]) -> None:
    """Follows ``registered`` in the door's transaction: a record knows the case it was raised to. One statement.

    Raises Refused when a record was raised before: the whole opening is undone.
    """
    links = [(each.event.facts[FROM_RECORD], each.case_id) for each in opened if FROM_RECORD in each.event.facts]
    if links and _LINK.run(links, where={"case_id": 0}) < len(links):
        raise Refused("guard", _("This record has been raised to a case already."))


def kept_since(before: datetime, *, limit: int) -> list[tuple[int, int]]:
    """Service records from before then whose words are still there, with the contact's number (0 = none)."""
    over = ServiceRecord.objects.filter(at__lt=before).exclude(salt="").order_by("pk")
    return [(number, contact or 0) for number, contact in over.values_list("pk", "contact_id")[:limit]]


def erase_record(record_id: int, *, by: Doer = SYSTEM, at: datetime | None = None) -> bool:
    """Erase the texts of a record and what was hidden in them; that it was done is an entry. False when nothing was left.

    Its contact is erased with ``people.services.erase_contact``, the case it was raised to with ``erase_words`` of cases.
    """
    moment, stream = at or clock.now(), stream_of(record_id)
    with transaction.atomic():
        row = ServiceRecord.objects.select_for_update().filter(pk=record_id).exclude(salt="").first()
        if row is None:
            return False
        ServiceRecord.objects.filter(pk=record_id).update(salt="", **dict.fromkeys(LONGEST, ""))
        for name in LONGEST:
            erase(f"{stream}:{name}", at=moment)
        record_entry(stream, ERASED, by=by, at=moment, area=row.area_code)
    return True
