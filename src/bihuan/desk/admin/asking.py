"""What every request for other rules has in common: its words, what it would have meant last month, why it can't be kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.access.actors import Actor
from bihuan.cases.reckoning import MOST, Reckoned, would_be_late
from bihuan.desk import names
from bihuan.ledger import clock
from bihuan.packs import Division, Pack
from bihuan.packs.plain_text import unseen
from bihuan.places import selectors as places
from bihuan.rulebook.errors import NotDecidable
from bihuan.vault.free_text import hide
from bihuan.web.requests import text
from bihuan.web.speech import Speech

LONGEST = 500
SENTENCES = 12
ROWS = 100


def asked_words(post: QueryDict) -> tuple[str, str, dict[str, str]]:
    """The reason and the version number that were typed, and what is wrong with them by field.

    Numbers of people are hidden in the reason: it becomes the source of a rule, which everybody reads.
    """
    reason, version, wrong = hide(text(post, "reason"))[0], text(post, "version"), dict[str, str]()
    if not may_be_reason(reason):
        wrong["reason"] = _("Say in a sentence what was decided and by whom; it is shown as the source.")
    if not version or len(version) > 40 or unseen(version):
        wrong["version"] = _("Give the new version a number.")
    return reason, version, wrong


def may_be_reason(reason: str) -> bool:
    """True for a sentence that says what was decided, without signs that nobody sees."""
    return bool(reason) and len(reason) <= LONGEST and not unseen(reason, lines=True)


def overtaken() -> dict[str, str]:
    """What is wrong when the page was made of rules that are no longer in force."""
    return {"": undecidable(NotDecidable("stale"))}


def not_kept(error: NotDecidable) -> dict[str, str]:
    """Why a request was not kept, at the field of the form."""
    return {"version" if error.code == "taken" else "": undecidable(error)}


def undecidable(error: NotDecidable) -> str:
    """Why a request cannot be kept or decided, in words."""
    return {
        "gone": _("This has been decided already."),
        "same_person": _("Whoever asked for it does not agree to it: a second person does."),
        "stale": _("Other rules have been published meanwhile: look at them first."),
        "taken": _("That version number is taken."),
        "asked": _("That has been asked for already and waits for a second person."),
        "looser": _("These rules do not only tighten the county's, or could not be lived with."),
        "story": _("The county's story “%(title)s” does not go under these rules as told.") % {"title": error.words},
    }[error.code]


def place_areas() -> list[Division]:
    """The place's areas as they are, for the proofs; one statement."""
    return [Division(one.code, one.name, one.level, one.parent) for one in places.all_areas() if one.valid_to is None]


def next_version(pack: Pack) -> str:
    """The number after the pack's own: 2026.3 after 2026.2; the number with .1 where it does not end in one."""
    head, dot, tail = pack.version.rpartition(".")
    return f"{head}{dot}{int(tail) + 1}" if tail.isdigit() else f"{pack.version}.1"


def last_month_under(made: Pack, touched: Collection[tuple[str, str]], actor: Actor, say: Speech) -> dict[str, Any]:
    """What the touched limits, (procedure, clock), would have been last month under other rules, as the previews show it."""
    begins, ends = _last_month(say)
    found = would_be_late(actor, made, touched, (begins, ends), say.calendar)
    return {
        "month": date_format(begins, pgettext("date format", "F Y"), use_l10n=False),
        "limits": bool(touched),
        **_turned_rows(found, names.units(actor, {one.unit for one in found.turned}), say),
    }


def _last_month(say: Speech) -> tuple[datetime, datetime]:
    """From the first instant of last month to the first of this one, in the place's own time."""
    today = say.calendar.local(clock.now())
    ends = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (ends - timedelta(days=1)).replace(day=1), ends


def _turned_rows(found: Reckoned, units: dict[int, str], say: Speech) -> dict[str, Any]:
    late = [one for one in found.turned if one.late]
    return {
        "looked_at": found.looked_at,
        "of": found.of,
        "most": MOST if found.of > found.looked_at else 0,
        "late": len(late),
        "kept": len(found.turned) - len(late),
        "rows": [
            {
                "number": one.number,
                "office": units.get(one.unit, ""),
                "clock": say.clock(one.procedure, one.clock),
                "before": say.full(one.before),
                "after": say.full(one.after),
                "ended": say.full(one.ended) or _("still open"),
                "late": one.late,
            }
            for one in found.turned[:ROWS]
        ],
        "more": max(0, len(found.turned) - ROWS),
    }
