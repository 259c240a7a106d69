"""The desks of those who watch: who looked at personal data and why, and how the ledger stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.access import looks as personal
from bihuan.cases import selectors as cases
from bihuan.desk.frame import actor_of, show
from bihuan.desk.timeline import for_whom
from bihuan.ledger import anchors, guard
from bihuan.ledger import selectors as ledger
from bihuan.ledger.errors import DamagedAnchors
from bihuan.ledger.selectors import Line
from bihuan.people import selectors as people
from bihuan.rules.scope import Duty
from bihuan.rules.terms import INSTEAD_OF, N_
from bihuan.web.guards import duty
from bihuan.web.requests import whole_number
from bihuan.web.speech import Speech, speech

ROWS = 50
KINDS = {
    "signed_in": N_("signed in"),
    "password_too_old": N_("signed in with a password that has grown too old"),
    "password_given": N_("signed in with the password that was given"),
    "signed_out": N_("signed out"),
    "sign_in_refused": N_("sign-in refused"),
    "access_refused": N_("asked for what the post has no duty for"),
    "locked_out": N_("locked out after too many tries"),
    "factor_set_up": N_("set up the second step"),
    "post_switched": N_("changed the post"),
    "sessions_ended": N_("ended somebody's sessions"),
    "contact_seen": N_("looked at personal data"),
    "file_seen": N_("fetched an attachment"),
    "own_data_shown": N_("a resident took a copy of what is held"),
    "own_data_corrected": N_("a resident corrected what is held"),
    "own_data_erased": N_("a resident had the contact erased"),
    "own_data_refused": N_("a resident's wrong phone number for what is held"),
    "code_shown": N_("printed a slip again"),
    "exported": N_("took out a list"),
    "accounts_created": N_("opened accounts"),
    "account_switched_on": N_("unlocked an account"),
    "account_switched_off": N_("locked an account"),
    "account_corrected": N_("changed the names of an account"),
    "account_ended": N_("ended an account"),
    "password_code_issued": N_("reset a password"),
    "password_changed": N_("set a new password"),
    "factor_reset": N_("took somebody's second step away"),
    "recovery_codes_made": N_("made new recovery codes"),
    "lock_lifted": N_("lifted a lock"),
    "device_signed_out": N_("signed another device out"),
    "post_handed_over": N_("handed a post over"),
    "leave_entered": N_("entered a leave"),
    "leave_ended": N_("ended a leave"),
    "second_named": N_("named a usual deputy"),
    "shifts_entered": N_("entered turns of the duty roster"),
    "shift_removed": N_("took a turn out of the duty roster"),
    "posts_given": N_("gave posts"),
    "post_ended": N_("ended a post"),
    "units_created": N_("set up units"),
    "unit_ended": N_("closed a unit"),
    "pack_published": N_("published rules"),
    "areas_merged": N_("merged areas"),
    "areas_split": N_("split an area"),
    "area_renamed": N_("renamed an area"),
    "area_added": N_("added an area"),
    "areas_added": N_("added areas"),
    "area_ended": N_("ended an area"),
    "unit_renamed": N_("renamed a unit"),
    "unit_put_under": N_("put a unit under another one"),
    "import_undo_asked": N_("undid an import"),
    "letter_drafted": N_("drafted a supervision letter"),
    "letter_changed": N_("changed a supervision letter"),
    "letter_signed": N_("signed a supervision letter"),
    "letter_voided": N_("declared a supervision letter void"),
    "circular_drafted": N_("drafted a circular"),
    "circular_signed": N_("published a circular"),
    "circular_dropped": N_("dropped a draft circular"),
    "paper_taken": N_("took out a paper"),
    "calendar_loaded": N_("loaded a year of working days"),
    "backed_up": N_("backed the whole place up"),
    "place_exported": N_("exported the whole place"),
    "restored": N_("brought the whole place back from an archive"),
    "key_added": N_("added a key"),
    "key_renewed": N_("sealed everything anew under the newest key"),
    "key_retired": N_("retired an old key"),
    "moved": N_("moved the whole place to another database"),
}
"""Entries outside matters, by kind: what the auditor reads. Service records have a room of their own."""


@duty(Duty.LOOK_READ)
def looks(request: HttpRequest) -> HttpResponse:
    """Every look at a resident's personal data, newest first: who, in which post, on which matter, for what reason."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    found = personal.latest_looks(ROWS, before=whole_number(request.GET.get("before")))
    names = people.accounts({one.account for one in found}) if found else {}
    numbers = cases.numbers({one.case for one in found if one.case}) if found else {}
    units = people.directory(actor.org_stamp)
    context = {
        "lines": [
            {
                "at": say.moment(one.at),
                "who": names[one.account].name if one.account in names else "",
                "post": _post(one.post, say),
                "unit": units.name_of(one.unit),
                "number": numbers.get(one.case, ""),
                "reason": _reason(one.reason),
            }
            for one in found
        ],
        "more": f"{request.path}?before={found[-1].id}" if len(found) == ROWS else "",
    }
    return show(request, "desk/looks.html", context, say=say)


@duty(Duty.LEDGER_READ)
def ledger_state(request: HttpRequest) -> HttpResponse:
    """How the ledger stands (guards, last anchor), and the entries outside matters, newest first."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    found = ledger.records(kinds=tuple(KINDS), before=whole_number(request.GET.get("before")), limit=ROWS)
    names = people.accounts({number for one in found for number in (one.by.account, _for_whom(one)) if number})
    units = people.directory(actor.org_stamp)
    context = {
        "guarded": _guarded(),
        "anchor": _anchor(say),
        "lines": [
            {
                "at": say.moment(one.at),
                "who": _who(one, names),
                "post": _post(one.by.post, say),
                "unit": units.name_of(one.by.unit),
                "what": _(KINDS[one.kind]),
                "count": one.facts.get("count", ""),
            }
            for one in found
        ],
        "more": f"{request.path}?before={found[-1].id}" if len(found) == ROWS else "",
    }
    return show(request, "desk/ledger.html", context, say=say)


def _reason(kept: str) -> str:
    """What was said, or which file was fetched."""
    if kept.startswith(personal.FILE):
        return _("fetched attachment %(number)s") % {"number": kept.removeprefix(personal.FILE)}
    return kept


def _for_whom(one: Line) -> int:
    """The account for which a deputy acted, 0 for none."""
    return int(str(one.facts.get(INSTEAD_OF) or 0))


def _who(one: Line, names: Mapping[int, people.AccountFact]) -> str:
    """Who did it; a deputy with the one whose post it was."""
    if one.by.account not in names:
        return _("System")
    other = names.get(_for_whom(one))
    return for_whom(names[one.by.account].name, other.name if other else "")


def _post(key: str, say: Speech) -> str:
    return say.post(key) if key else ""


def _guarded() -> bool:
    """True while the triggers stand that refuse every change of an entry."""
    wanted: Iterable[str] = guard.trigger_names(connection.vendor, "ledger_entry")
    return set(wanted) <= guard.standing(connection)


def _anchor(say: Speech) -> dict[str, object]:
    """The last anchor in words; ``damaged`` when its file cannot be read, nothing at all before the first one."""
    try:
        last = anchors.latest()
    except DamagedAnchors:
        return {"damaged": True}
    if not last.at:
        return {}
    return {"at": say.moment(datetime.fromisoformat(last.at)), "count": last.count}
