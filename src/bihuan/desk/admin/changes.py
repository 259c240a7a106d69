"""Changing a rule without its files: a limit, a light, a category's office, a rhythm; what it would have meant last month;
asked for here, published when a second person agrees.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.cases.reckoning import MOST, Reckoned, would_be_late
from bihuan.desk import names
from bihuan.desk.admin.edit_words import EditWords
from bihuan.desk.admin.sent_edits import UnreadableEdits, sent_edits
from bihuan.desk.frame import actor_of, show
from bihuan.ledger import clock
from bihuan.packs import Division, Pack, check_pack
from bihuan.packs.edits import NAMES, Edit, EditRefused, changed, length_words, limits
from bihuan.packs.lengths import UNITS, lights_of
from bihuan.packs.plain_text import unseen
from bihuan.places import selectors as places
from bihuan.rulebook import proposals
from bihuan.rulebook import selectors as rulebook
from bihuan.rulebook.errors import NotDecidable
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import searched, text, whole_number
from bihuan.web.speech import Speech, speech

ADDRESS = "/desk/admin/pack/change"
ROWS = 100
LONGEST = 500
SENTENCES = 12
KEPT = 4
"""Proofs that a process remembers."""


@duty(Duty.PACK_PUBLISH, methods=("GET", "POST"))
def change(request: HttpRequest) -> HttpResponse:
    """The settings of one procedure as a form; what a change would have meant; the request that a second person decides."""
    pack = rulebook.current_pack()
    key = (text(request.POST, "procedure") if request.method == "POST" else searched(request, "procedure")) or pack.usual()
    if key not in pack.procedures:
        raise Http404
    if request.method == "GET":
        return _ask(request, pack, pack.procedures[key])
    if text(request.POST, "against") != pack.digest:
        return _ask(
            request, pack, pack.procedures[key], {"": _("Other rules have been published meanwhile: look at them first.")}
        )
    kept = text(request.POST, "edits")
    edits, wrong = (_kept(kept), {}) if kept else _sent(request.POST, pack, pack.procedures[key])
    reason, version = text(request.POST, "reason"), text(request.POST, "version")
    if not reason or len(reason) > LONGEST or unseen(reason, lines=True):
        wrong["reason"] = _("Say in a sentence what was decided and by whom; it is shown as the source.")
    if not version or len(version) > 40 or unseen(version):
        wrong["version"] = _("Give the new version a number.")
    if wrong:
        return _ask(request, pack, pack.procedures[key], wrong)
    try:
        made = changed(pack, edits, version=version, basis=reason)
    except EditRefused as refused:
        return _ask(request, pack, pack.procedures[key], {_field(refused, pack, key): _why(refused)})
    return _looked_at(request, pack, made, edits, key, reason)


def _looked_at(request: HttpRequest, pack: Pack, made: Pack, edits: Sequence[Edit], key: str, reason: str) -> HttpResponse:
    """Prove the changed pack, then show what it would have meant, or keep the request."""
    actor = actor_of(request)
    findings = _findings(pack, made)
    if text(request.POST, "step") == "ask" and not findings:
        try:
            number = proposals.propose(made, against=pack.digest, reason=reason, by=actor.doer())
        except NotDecidable as error:
            return _ask(request, pack, pack.procedures[key], {"version" if error.code == "taken" else "": undecidable(error)})
        return HttpResponseRedirect(f"/desk/admin/pack/proposals/{number}")
    say = speech(pack.digest)
    begins, ends = last_month(say)
    touched = {(one.of[0], one.of[2]) for one in edits if one.kind == "limit"}
    found = would_be_late(actor, made, touched, (begins, ends), say.calendar)
    context = {
        "changes": EditWords(say).lines(edits),
        "findings": findings[:SENTENCES],
        "edits": json.dumps([[one.kind, one.of, one.n, one.unit, one.office, one.basis] for one in edits]),
        "procedure": key,
        "against": pack.digest,
        "version": made.version,
        "reason": reason,
        "month": date_format(begins, pgettext("date format", "F Y"), use_l10n=False),
        "limits": bool(touched),
        **turned_rows(found, names.units(actor, {one.unit for one in found.turned}), say),
        "sentences": length_words(pack, edits)[:SENTENCES],
    }
    return show(request, "desk/admin/pack_preview.html", context, say=say)


def _findings(pack: Pack, made: Pack) -> list[str]:
    """What the changed rules could not be lived with for, and the rules in force could."""
    areas = place_areas()
    found = _proved(made, areas)
    known = _proved(pack, areas) if found else ()
    return [one for one in found if one not in known]


_proofs: dict[tuple[str, str], tuple[str, ...]] = {}


def _proved(pack: Pack, areas: Sequence[Division]) -> tuple[str, ...]:
    """The findings of a pack over the place's areas; asked for twice (seen, then sent), reckoned once."""
    key = (pack.digest, sha256(repr(tuple(areas)).encode()).hexdigest())
    found = _proofs.get(key)
    if found is None:
        found = tuple(dict.fromkeys(one.message for one in check_pack(pack, areas)))
        for old in list(_proofs)[: max(0, len(_proofs) + 1 - KEPT)]:  # another thread may do the same just now
            _proofs.pop(old, None)
        _proofs[key] = found
    return found


def turned_rows(found: Reckoned, units: dict[int, str], say: Speech) -> dict[str, Any]:
    """What would have been otherwise, as the preview shows it."""
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


def _ask(request: HttpRequest, pack: Pack, procedure: Procedure, wrong: dict[str, str] | None = None) -> HttpResponse:
    say, typed = speech(pack.digest), request.POST
    words = EditWords(say)
    context = {
        "wrong": wrong or {},
        "wrong_words": "",
        "against": pack.digest,
        "procedure": procedure.key,
        "procedures": [
            {"key": one.key, "title": say.say("procedure", one.key, otherwise=one.title), "here": one.key == procedure.key}
            for one in pack.case_types()
        ],
        "limits": [
            {**row, "n": text(typed, row["name"]) or row["n"], "unit": text(typed, f"{row['name']}-unit") or row["unit"]}
            for row in words.limits(procedure)
        ],
        "lights": [{**row, "n": text(typed, row["name"]) or row["n"]} for row in words.lights()],
        "rhythms": [{**row, "n": text(typed, row["name"]) or row["n"]} for row in words.rhythms()],
        "units": [(unit, words.unit(unit)) for unit in UNITS],
        "levels": words.levels(),
        "categories": words.categories(),
        "offices": words.offices(),
        "typed": {name: text(typed, name) for name in ("level", "category", "office", "basis", "reason")},
        "version": text(typed, "version") or next_version(pack),
        "title": say.say("pack", "title", otherwise=pack.title),
        "now": pack.version,
    }
    return show(request, "desk/admin/pack_change.html", context, status=422 if wrong else 200, say=say)


def _sent(post: QueryDict, pack: Pack, procedure: Procedure) -> tuple[list[Edit], dict[str, str]]:
    """What the form asks to change: only what differs from the pack."""
    edits: list[Edit] = []
    wrong: dict[str, str] = {}

    def length(kind: Any, of: tuple[str, ...], name: str, was: Any) -> None:
        n, unit = whole_number(text(post, name), most=999), text(post, f"{name}-unit") or was.unit
        if text(post, name) and (n, unit) != (was.n, was.unit):
            edits.append(Edit(kind, of, n=n, unit=unit))
            if not n or unit not in UNITS:
                wrong[name] = _("Give a whole number from 1 to 999.")

    for n, place in enumerate(limits(procedure)):
        if not place.law and place.limit.span is not None:
            length("limit", place.of, f"limit-{n}", place.limit.span)
    for name, span in lights_of(pack).items():
        length("light", (name,), f"light-{name}", span)
    for rhythm in pack.later.rhythms:
        length("rhythm", (rhythm.key,), f"rhythm-{rhythm.key}", rhythm.every)
    line = {name: text(post, name) for name in ("level", "category", "office", "basis")}
    if line["category"] or line["office"] or line["basis"]:
        edits.append(Edit("office", (line["level"], line["category"]), office=line["office"], basis=line["basis"][:300]))
    if not edits and not wrong:
        wrong[""] = _("Nothing is changed yet.")
    return edits, wrong


def _kept(sent: str) -> list[Edit]:
    """The changes of the page that showed what they mean; what cannot be read changes nothing and is refused as such."""
    try:
        return [Edit(one.kind, one.of, one.n, *one.words) for one in sent_edits(sent, NAMES, words=3)]
    except UnreadableEdits:
        return []


def _field(refused: EditRefused, pack: Pack, key: str) -> str:
    """The field of the form at fault."""
    edit = refused.edit
    if edit is None:
        return ""
    if edit.kind == "limit":
        found = (n for n, place in enumerate(limits(pack.procedures[key])) if place.of == edit.of)
        return f"limit-{next(found, 0)}"
    if edit.kind == "office":
        return {"basis": "basis", "signs": "basis", "unknown": "category", "nothing": "office"}.get(refused.code, "office")
    return f"{edit.kind}-{edit.of[0]}"


def _why(refused: EditRefused) -> str:
    return {
        "law": _("The law itself says so: it is no setting of this place."),
        "length": _("Give a whole number from 1 to 999."),
        "office": _("Choose an office of that level."),
        "basis": _("Say by what text that office answers for it."),
        "signs": _("This text holds characters that cannot be kept; please type it again."),
        "nothing": _("Nothing is changed by this."),
    }.get(refused.code, _("The rules in force have nothing of that name."))


def undecidable(error: NotDecidable) -> str:
    """Why a request cannot be kept or decided, in words."""
    return {
        "gone": _("This has been decided already."),
        "same_person": _("Whoever asked for it does not agree to it: a second person does."),
        "stale": _("Other rules have been published meanwhile: look at them first."),
        "taken": _("That version number is taken."),
        "looser": _("These rules do not only tighten the county's, or could not be lived with."),
        "story": _("The county's story “%(title)s” does not go under these rules as told.") % {"title": error.words},
    }[error.code]


def place_areas() -> list[Division]:
    """The place's areas as they are, for the proofs; two statements."""
    top = places.top_areas()
    facts = [*top, *(fact for one in top for fact in places.descendants(one.code))]
    return [Division(one.code, one.name, one.level, one.parent) for one in facts if one.valid_to is None]


def next_version(pack: Pack) -> str:
    """The number after the pack's own: 2026.3 after 2026.2; the number with .1 where it does not end in one."""
    head, dot, tail = pack.version.rpartition(".")
    return f"{head}{dot}{int(tail) + 1}" if tail.isdigit() else f"{pack.version}.1"


def last_month(say: Speech) -> tuple[datetime, datetime]:
    """From the first instant of last month to the first of this one, in the place's own time."""
    today = say.calendar.local(clock.now())
    ends = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (ends - timedelta(days=1)).replace(day=1), ends
