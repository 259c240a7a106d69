"""Duties and scope: what a post may do, and on which cases. ``access`` makes a Scope; its SQL twin must agree with ``covers``.

Avoidance (回避): a matter about an office or a post holder is invisible to them and to everyone below them, whatever else
their scope says (Regulation on petitions §28, §30).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bihuan.rules.terms import N_


class Duty(StrEnum):
    """Everything a post can be allowed, as ``room:thing:verb``. Posts of a pack list these; no other permission exists."""

    CASE_READ = "cases:case:read"
    CASE_OPEN = "cases:case:open"
    CASE_ACT = "cases:case:act"
    CASE_ADD = "cases:case:add"
    CASE_ASSIGN = "cases:case:assign"
    CASE_CHECK = "cases:case:check"
    CASE_SIGN = "cases:case:sign"
    CASE_FOLLOW_UP = "cases:case:follow_up"
    CASE_APPROVE = "cases:case:approve"
    RECORD_READ = "intake:record:read"
    RECORD_WRITE = "intake:record:write"
    CONTACT_UNMASK = "people:contact:unmask"
    CONTACT_CORRECT = "people:contact:correct"
    ACCOUNT_READ = "people:account:read"
    ACCOUNT_MANAGE = "people:account:manage"
    POST_MANAGE = "people:post:manage"
    UNIT_MANAGE = "people:unit:manage"
    AREA_MANAGE = "places:area:manage"
    SESSION_END = "access:session:end"
    IMPORT_RUN = "exchange:import:run"
    EXPORT_RUN = "exchange:export:run"
    PACK_READ = "rulebook:pack:read"
    PACK_PUBLISH = "rulebook:pack:publish"
    CALENDAR_LOAD = "rulebook:calendar:load"
    LEDGER_READ = "ledger:entry:read"
    LEDGER_VERIFY = "ledger:entry:verify"
    LOOK_READ = "ledger:look:read"
    REPORT_READ = "reports:figure:read"
    LETTER_READ = "supervision:letter:read"
    LETTER_DRAFT = "supervision:letter:draft"
    LETTER_SIGN = "supervision:letter:sign"

    @property
    def sentence(self) -> str:
        """What the duty allows, in an English sentence of the catalogue."""
        return SENTENCES[self]


SENTENCES: Final[dict[Duty, str]] = {
    Duty.CASE_READ: N_("See the cases of one's area and unit."),
    Duty.CASE_OPEN: N_("Register a case."),
    Duty.CASE_ACT: N_("Act on a case whose turn lies with one's post."),
    Duty.CASE_ADD: N_("Add to a case what is brought later, in acts that name one's post."),
    Duty.CASE_ASSIGN: N_("Accept, decline and assign cases for a centre."),
    Duty.CASE_CHECK: N_("Check completed cases; pass them or send them back."),
    Duty.CASE_SIGN: N_("Sign off an office's answer."),
    Duty.CASE_FOLLOW_UP: N_("Follow completed cases up with the resident."),
    Duty.CASE_APPROVE: N_("Approve suspensions, extensions and dated plans."),
    Duty.RECORD_READ: N_("See the service records of one's area and unit."),
    Duty.RECORD_WRITE: N_("Enter a service record and raise it to a case."),
    Duty.CONTACT_UNMASK: N_("See a resident's name, phone and address, one record at a time, with a reason."),
    Duty.CONTACT_CORRECT: N_("Correct what is held on a resident, at the resident's wish."),
    Duty.ACCOUNT_READ: N_("See the staff directory."),
    Duty.ACCOUNT_MANAGE: N_("Open, lock and unlock staff accounts."),
    Duty.POST_MANAGE: N_("Give posts to people and take them back."),
    Duty.UNIT_MANAGE: N_("Set up and change units."),
    Duty.AREA_MANAGE: N_("Set up and change areas."),
    Duty.SESSION_END: N_("End the sessions of others."),
    Duty.IMPORT_RUN: N_("Import matters from a table."),
    Duty.EXPORT_RUN: N_("Export lists without personal data."),
    Duty.PACK_READ: N_("See the rules in force."),
    Duty.PACK_PUBLISH: N_("Publish a version of the rules."),
    Duty.CALENDAR_LOAD: N_("Load the working days of a year."),
    Duty.LEDGER_READ: N_("See the ledger of acts, sign-ins and exports."),
    Duty.LEDGER_VERIFY: N_("Verify the ledger against its anchors."),
    Duty.LOOK_READ: N_("See who looked at personal data, and why."),
    Duty.REPORT_READ: N_("See the figures of one's area."),
    Duty.LETTER_READ: N_("Read supervision letters from and to one's unit, and published circulars."),
    Duty.LETTER_DRAFT: N_("Correct drafted supervision letters of one's unit before its leader signs them."),
    Duty.LETTER_SIGN: N_("Edit, sign and void supervision letters and circulars of one's unit."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The cases an actor may see: those of whole areas, and those that certain units hold wherever they lie.

    ``chain`` is every unit the actor sits in and every unit above them, ``account`` the actor's own: what is about any of
    these is never seen. ``instead_of``: the account whose post a deputy acts in; avoidance holds for both.
    ``everything`` lifts the bounds of area and unit, not avoidance.
    """

    area_codes: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    chain: tuple[int, ...] = ()
    account: int = 0
    instead_of: int = 0
    everything: bool = False

    @property
    def persons(self) -> tuple[int, ...]:
        """The accounts whose own matters are kept out of sight: the actor, and the one a deputy stands in for."""
        return tuple(account for account in (self.account, self.instead_of) if account)


NOTHING = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What scope needs to know of one case. ``holder_units``: every unit that holds or ever held a thread of it.

    ``about_unit``/``about_account``: the office or post holder the matter is about (0 = none); for a post holder the
    unit is given too.
    """

    area_code: str = ""
    holder_units: tuple[int, ...] = ()
    about_unit: int = 0
    about_account: int = 0


def avoided(scope: Scope, subject: Subject) -> bool:
    """True when the subject is about the actor, the actor's unit or a unit above it: never to be seen."""
    if subject.about_unit and subject.about_unit in scope.chain:
        return True
    return bool(subject.about_account) and subject.about_account in scope.persons


def covers(scope: Scope, subject: Subject) -> bool:
    """True when the subject lies within the scope. What lies outside is *not found*."""
    if avoided(scope, subject):
        return False
    if scope.everything:
        return True
    if any(code and subject.area_code.startswith(code) for code in scope.area_codes):
        return True
    return any(unit and unit in scope.units for unit in subject.holder_units)
