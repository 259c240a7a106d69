"""Changing a rule without its files: a limit, a light, a category's office, a rhythm; what it would have meant last month;
asked for here, published when a second person agrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from bihuan.desk.admin.asking import (
    SENTENCES,
    asked_words,
    last_month_under,
    next_version,
    not_kept,
    overtaken,
    place_areas,
)
from bihuan.desk.admin.edit_words import EditWords
from bihuan.desk.admin.sent_edits import UnreadableEdits, sent_edits, written_edits
from bihuan.desk.frame import actor_of, show
from bihuan.packs import Division, Pack, check_pack
from bihuan.packs.edits import NAMES, Edit, EditRefused, changed, length_words, limits
from bihuan.packs.lengths import UNITS, lights_of
from bihuan.rulebook import proposals
from bihuan.rulebook import selectors as rulebook
from bihuan.rulebook.errors import NotDecidable
from bihuan.rulebook.overlays import remembered
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import searched, text, whole_number
from bihuan.web.speech import speech

ADDRESS = "/desk/admin/pack/change"


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
        return _ask(request, pack, pack.procedures[key], overtaken())
    kept = text(request.POST, "edits")
    edits, wrong = (_kept(kept), {}) if kept else _sent(request.POST, pack, pack.procedures[key])
    reason, version, unsaid = asked_words(request.POST)
    wrong |= unsaid
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
            return _ask(request, pack, pack.procedures[key], not_kept(error))
        return HttpResponseRedirect(f"/desk/admin/pack/proposals/{number}")
    say = speech(pack.digest)
    touched = {(one.of[0], one.of[2]) for one in edits if one.kind == "limit"}
    context = {
        "changes": EditWords(say).lines(edits),
        "findings": findings[:SENTENCES],
        "edits": written_edits(edits),
        "procedure": key,
        "against": pack.digest,
        "version": made.version,
        "reason": reason,
        **last_month_under(made, touched, actor, say),
        "sentences": length_words(pack, edits)[:SENTENCES],
    }
    return show(request, "desk/admin/pack_preview.html", context, say=say)


def _findings(pack: Pack, made: Pack) -> list[str]:
    """What the changed rules could not be lived with for, and the rules in force could."""
    areas = place_areas()
    found = _proved(made, areas)
    known = _proved(pack, areas) if found else ()
    return [one for one in found if one not in known]


_proofs: dict[tuple[str, ...], tuple[str, ...]] = {}


def _proved(pack: Pack, areas: Sequence[Division]) -> tuple[str, ...]:
    """The findings of a pack over the place's areas; asked for twice (seen, then sent), reckoned once."""

    def prove() -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.message for one in check_pack(pack, areas)))

    return remembered(_proofs, (pack.digest,), areas, prove)


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
        if not place.law:
            length("limit", place.of, f"limit-{n}", place.span)
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
