"""What a resident may ask of what is held on them: see it, take a copy, correct it, have it erased (PIPL, articles 44 to 47).

Whoever has a tracking code sees the matter with everything masked. To see a contact in clear, or to change it, one says the phone
that was given with it; after five wrong ones in a day only the window helps. Everything asked for is an entry, refusals too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hmac import compare_digest

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from bihuan.access.actors import resident_actor
from bihuan.access.looks import LookFact, looks_at
from bihuan.cases import codes
from bihuan.cases.asking import check_storable
from bihuan.cases.errors import Refused
from bihuan.cases.models import Case, Words
from bihuan.cases.opening import LIMITS
from bihuan.cases.shapes import MaskedContact
from bihuan.ledger import clock
from bihuan.ledger.selectors import entries
from bihuan.ledger.services import record
from bihuan.people.services.contacts import SEALED, ContactDetails, correct_contact, erase_contact, open_contact, opened
from bihuan.rules.terms import FactValue
from bihuan.vault import keyed_hash

SHOWN, CORRECTED, ERASED, REFUSED = "own_data_shown", "own_data_corrected", "own_data_erased", "own_data_refused"
TRIES, DAY = 5, timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnData:
    """What is held on the resident of one matter. ``contact`` None: nobody, or erased. ``needed``: a matter of theirs is open."""

    case_id: int
    number: str
    contact: MaskedContact | None
    phone_hash: str
    needed: bool
    closed_at: datetime | None
    sealed: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def can_confirm(self) -> bool:
        """Whether there is a phone by which the resident can be known."""
        return bool(self.contact and self.phone_hash)


@dataclass(frozen=True, slots=True)
class Copy:
    """Everything held of a contact, in clear, who has looked at it, and what was written down when the matter was reported."""

    details: ContactDetails
    looks: tuple[LookFact, ...]
    reported: tuple[str, ...]


def own_data(code: str) -> OwnData | None:
    """What is held on the resident with that tracking code; None when there is no such case. One statement."""
    plain = codes.normalised(code)
    if not plain:
        return None
    still = Case.objects.filter(contact=OuterRef("contact"), closed_at=None)
    rows = Case.objects.filter(tracking_hash=keyed_hash(plain, "code")).annotate(needed=Exists(still) | Q(closed_at=None))
    row = rows.values_list(
        "pk", "number", "needed", "closed_at", "contact_id", "contact__erased_at", "contact__phone_hash", "contact__name_masked",
        "contact__phone_masked", "contact__id_no_masked", "contact__address_masked",
        *(f"contact__{one.column}" for one in SEALED),
    ).first()  # fmt: skip
    if row is None:
        return None
    case_id, number, needed, closed_at, contact, erased_at, phone_hash, *more = row
    masked, sealed = more[: len(SEALED)], more[len(SEALED) :]
    known = None
    if contact and erased_at is None:
        name, phone, id_no, address = masked
        known = MaskedContact(id=contact, name=name, phone=phone, id_no=id_no, address=address)
    return OwnData(
        case_id=case_id, number=number, contact=known, phone_hash=phone_hash or "", needed=needed, closed_at=closed_at,
        sealed=tuple(bytes(one) for one in sealed) if known else (),
    )  # fmt: skip


def _stream(case_id: int) -> str:
    return f"own:{case_id}"


def _confirmed(own: OwnData, phone: str) -> MaskedContact:
    """The contact, when the phone is the one given with it. Raises Refused; a wrong phone is entered."""
    if own.contact is None:
        raise Refused("guard", _("Nothing is held that says who you are."))
    if not own.can_confirm:
        raise Refused("guard", _("No phone was given with this matter. Please come to the window with your slip."))
    since, right = clock.now() - DAY, compare_digest(keyed_hash(phone[:40], "phone"), own.phone_hash)
    with transaction.atomic():
        if not right:
            _locked(pk=own.case_id)  # of many tries at once each counts those before it
        refused = [one for one in entries(stream=_stream(own.case_id), kinds=(REFUSED,), limit=200) if one.at > since]
        if len(refused) < TRIES and not right:
            _enter(own, REFUSED)
    if len(refused) >= TRIES:
        raise Refused("guard", _("Too many wrong phone numbers today. Try again tomorrow, or come to the window with your slip."))
    if not right:
        raise Refused("bad_fact", _("This is not the phone number that was given with the matter."), "confirm")
    return own.contact


def _locked(**which: int) -> list[datetime | None]:
    """When cases ended, locked until the transaction does."""
    return list(Case.objects.select_for_update().filter(**which).order_by("pk").values_list("closed_at", flat=True))


def _enter(own: OwnData, kind: str, **more: FactValue) -> None:
    facts: dict[str, FactValue] = {"case": own.case_id, "contact": own.contact.id if own.contact else 0, **more}
    record(_stream(own.case_id), kind, by=resident_actor(own.case_id).doer(), facts=facts)


def copy(own: OwnData, phone: str) -> Copy:
    """All that is held of the contact in clear, entered in the ledger before it is given out. Raises Refused."""
    contact = _confirmed(own, phone)
    details = opened(own.sealed)
    _enter(own, SHOWN)
    reported = Words.objects.filter(case_id=own.case_id, seq=1, erased_at=None).order_by("pk").values_list("text", flat=True)
    return Copy(details, tuple(looks_at([contact.id])), tuple(reported))


def correct(own: OwnData, phone: str, given: ContactDetails) -> None:
    """Replace what was typed; an empty field leaves what is held. It holds for every matter of this contact. Raises Refused."""
    typed = {name: getattr(given, name).strip() for name in LIMITS}
    check_storable(typed)
    for name, longest in LIMITS.items():
        if len(typed[name]) > longest:
            raise Refused("bad_fact", _("This is too long: at most %(limit)s characters.") % {"limit": longest}, name)
    changed = {name: value for name, value in typed.items() if value}
    if not changed:
        raise Refused("bad_fact", _("Write what is to be put right."), "name")
    contact = _confirmed(own, phone)
    with transaction.atomic():
        details = open_contact(contact.id)
        if details is None or not correct_contact(contact.id, replace(details, **changed)):
            raise Refused("guard", _("Nothing is held that says who you are."))
        _enter(own, CORRECTED, fields=sorted(changed))


def erase(own: OwnData, phone: str) -> None:
    """Erase the contact for good. Raises Refused while a matter of theirs is open: it could not be answered any more."""
    contact = _confirmed(own, phone)
    with transaction.atomic():
        if own.needed or None in _locked(contact_id=contact.id):  # one may have been opened again meanwhile
            raise Refused("guard", _("A matter of yours is still being handled; your contact is needed to answer it."))
        if erase_contact(contact.id):
            _enter(own, ERASED)
