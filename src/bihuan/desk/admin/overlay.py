"""A township's own rules over its county's, made at the desk: only what tightens, tried on last month and the county's stories;
asked for here and published when a second person agrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.desk.admin.asking import (
    SENTENCES,
    asked_words,
    last_month_under,
    may_be_reason,
    next_version,
    not_kept,
    overtaken,
    place_areas,
    undecidable,
)
from bihuan.desk.admin.overlay_lines import narrowed
from bihuan.desk.admin.overlay_words import Tightenable, story_lines, why_refused
from bihuan.desk.admin.sent_edits import UnreadableEdits, sent_edits, written_edits
from bihuan.desk.frame import actor_of, show
from bihuan.packs import Pack
from bihuan.packs.edits import limits
from bihuan.packs.lengths import UNITS
from bihuan.packs.tightening import NAMES, Kind, Tightening, TighteningRefused, tightened
from bihuan.places import selectors as places
from bihuan.places.selectors import AreaFact
from bihuan.rulebook import proposals
from bihuan.rulebook import selectors as rulebook
from bihuan.rulebook.errors import NotDecidable
from bihuan.rulebook.overlays import proved
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import searched, text, whole_number
from bihuan.web.speech import Speech, speech

ADDRESS = "/desk/admin/pack/township"
MOST_EDITS = 60


class Setting(NamedTuple):
    """Where the form stands: the area, the county's rules, those in force in the area (or begun from), the case type."""

    area: AreaFact
    county: Pack
    now: Pack
    key: str

    @property
    def over(self) -> Pack | None:
        """The overlay in force there."""
        return self.now if self.now.base else None


@duty(Duty.PACK_PUBLISH, methods=("GET", "POST"))
def township(request: HttpRequest) -> HttpResponse:
    """Choose the township, say what is tightened, see what it would have meant, ask a second person."""
    actor = actor_of(request)
    source = request.POST if request.method == "POST" else request.GET
    force = rulebook.in_force()
    county = rulebook.pack(force[""])
    code = text(source, "area")
    found = [one for one in _areas(actor, county) if not code or one.code == code]
    if code and not found:
        raise Http404
    if not code:
        return _choose(request, county, found, force)
    key = (text(source, "procedure") if request.method == "POST" else searched(request, "procedure")) or county.usual()
    if key not in county.procedures:
        raise Http404
    here = Setting(found[0], county, rulebook.pack(force.get(code, force[""])), key)
    if request.method == "GET":
        return _ask(request, here, ())
    if text(request.POST, "against") != here.now.digest:
        return _ask(request, here, (), overtaken())
    if text(request.POST, "step") == "end":
        return _ended(request, actor, here)
    return _sent(request, actor, here)


def _areas(actor: Actor, county: Pack) -> list[AreaFact]:
    """The areas right below the top one that lie in the actor's own. One statement."""
    level = county.levels[1].key if len(county.levels) > 1 else ""
    return [one for one in places.of_level(level) if one.code.startswith(actor.area_code) and one.valid_to is None]


def _choose(request: HttpRequest, county: Pack, found: Sequence[AreaFact], force: dict[str, str]) -> HttpResponse:
    say = speech(county.digest)
    rows = [
        {"code": one.code, "name": one.name, "own": rulebook.pack(force[one.code]).version if one.code in force else ""}
        for one in found
    ]
    level = say.say("level", county.levels[1].key) if len(county.levels) > 1 else ""
    return show(request, "desk/admin/township_choose.html", {"rows": rows, "level": level}, say=say)


def _sent(request: HttpRequest, actor: Actor, here: Setting) -> HttpResponse:
    """What the form asks for: shown, tried, or asked for."""
    post = request.POST
    begun = _begun(here, post)
    try:
        carried, kept = _read(text(post, "edits")), _read(text(post, "kept"))
    except UnreadableEdits:
        return _ask(request, here, (), {"": _("What this page sent along can't be read: nothing is tightened yet.")})
    step = text(post, "step")
    if step.startswith("out-"):
        out = whole_number(step.removeprefix("out-"), most=MOST_EDITS)
        return _ask(request, here, [one for n, one in enumerate(kept) if n != out])
    further, more = _further(post, here)
    edits = carried or [*_lengths(post, begun), *kept, *further]
    reason, version, unsaid = asked_words(post)
    adding = step.startswith("add-")
    wrong = {} if adding else unsaid
    if not edits and not adding:
        wrong[""] = _("Nothing is tightened yet.")
    if len(edits) > MOST_EDITS:
        wrong[""] = _("This is too much for one version: at most %(n)d edits.") % {"n": MOST_EDITS}
    made: Pack | None = None
    if edits and len(edits) <= MOST_EDITS:
        try:
            made = _made(begun, edits, version)
        except TighteningRefused as refused:
            wrong[_field(refused.edit, begun, more)] = why_refused(refused)
    if adding or wrong or made is None:
        added = [] if wrong else further
        return _ask(request, here, [*kept, *added], wrong, clear=bool(added))
    return _looked_at(request, actor, here, made, edits, reason)


def _ended(request: HttpRequest, actor: Actor, here: Setting) -> HttpResponse:
    """The area's own rules are to end: kept with its reason, for a second person to agree to."""
    reason = text(request.POST, "end-reason")
    if not here.over:
        return _ask(request, here, (), overtaken())
    if not may_be_reason(reason):
        return _ask(request, here, (), {"end": _("Say in a sentence what was decided and by whom.")})
    try:
        number = proposals.propose_end(here.now.digest, reason=reason, by=actor.doer())
    except NotDecidable as error:
        return _ask(request, here, (), {"end": undecidable(error)})
    return HttpResponseRedirect(f"/desk/admin/pack/proposals/{number}")


def _begun(here: Setting, post: QueryDict) -> Setting:
    """What the edits lie on: the rules in force there, or the county's where the form begins again from them."""
    return here._replace(now=here.county) if text(post, "fresh") and here.over else here


def _made(here: Setting, edits: Iterable[Tightening], version: str) -> Pack:
    title = f"{here.county.title}（{here.area.name}）"
    return tightened(here.county, here.over, edits, area=here.area.code, title=title, version=version or here.county.version)


def _looked_at(
    request: HttpRequest, actor: Actor, here: Setting, made: Pack, edits: Sequence[Tightening], reason: str
) -> HttpResponse:
    """Prove it, rehearse the stories, show what it changes of the rules there and would have meant; or keep the request."""
    areas = place_areas()
    found = proved(made, areas)
    in_force = rulebook.in_force()
    against = in_force.get(here.area.code, in_force[""])
    if text(request.POST, "step") == "ask" and found.holds:
        try:
            number = proposals.propose(made, against=against, reason=reason, by=actor.doer())
        except NotDecidable as error:
            return _ask(request, here, edits, not_kept(error))
        return HttpResponseRedirect(f"/desk/admin/pack/proposals/{number}")
    say = speech(here.now.digest)
    changes = narrowed(here.now, made, say)
    context = {
        "area": here.area,
        "changes": changes,
        "gone": sum(bool(line["gone"]) for line in changes),
        "findings": found.findings[:SENTENCES],
        "told": len(found.stories.held) + len(found.stories.failed),
        "unheard": len(found.stories.unheard),
        "failed": story_lines(found.stories, made, say)[:SENTENCES],
        "holds": found.holds,
        "edits": written_edits(edits),
        "fresh": bool(text(request.POST, "fresh")),
        "procedure": here.key,
        "against": against,
        "version": made.version,
        "reason": reason,
        **last_month_under(made, _touched(here.now, made), actor, say),
    }
    return show(request, "desk/admin/township_preview.html", context, say=say)


def _touched(was: Pack, now: Pack) -> set[tuple[str, str]]:
    """The clocks whose limits differ: (procedure, clock)."""
    found = set()
    for key, procedure in now.procedures.items():
        before = {place.of: place.span for place in limits(was.procedures[key])}
        found |= {(key, place.clock.key) for place in limits(procedure) if before.get(place.of, place.span) != place.span}
    return found


# -- the form -----------------------------------------------------------------------------------------------------------


def _ask(
    request: HttpRequest, here: Setting, kept: Sequence[Tightening], wrong: dict[str, str] | None = None, *, clear: bool = False
) -> HttpResponse:
    say, typed = speech(here.now.digest), request.POST
    may = Tightenable(say, here.county, here.key)

    def lengths(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {**row, "n": text(typed, row["name"]) or row["n"], "chosen": text(typed, f"{row['name']}-unit") or row["unit"],
             "other": row["county"] not in ("", row["words"])}
            for row in rows
        ]  # fmt: skip

    fields = () if clear else ("q-act", "q-words", "c-act", "c-kind", "c-n", "c-who", "c-words", "a-act", "a-who", "a-n",
                               "g-of", "g-words", "g-who", "g-basis", "d-act", "r-of", "r-words")  # fmt: skip
    context = {
        "area": here.area,
        "over": here.over,
        "ending": narrowed(here.now, here.county, say) if here.over else [],
        "fresh": bool(text(typed, "fresh")),
        "wrong": wrong or {},
        "wrong_words": "",
        "against": here.now.digest,
        "procedure": here.key,
        "procedures": [
            {"key": one.key, "title": say.say("procedure", one.key, otherwise=one.title), "here": one.key == here.key}
            for one in here.county.case_types()
        ],
        "limits": lengths(may.limits()),
        "lengths": [
            (title, rows)
            for title, rows in (
                (_("When a light turns near"), lengths(may.lights())),
                (_("Dates that may be given at the latest"), lengths(may.latest())),
                (_("Rhythms"), lengths(may.rhythms())),
            )
            if rows
        ],
        "units": [(unit, may.words.unit(unit)) for unit in UNITS],
        "may": {
            "acts": may.acts(), "every_act": may.every_act(), "approvable": may.approvable(), "posts": may.posts(),
            "parents": may.parents(), "offices": may.offices(here.area.level), "droppable": may.droppable(), "named": may.named(),
        },
        "kept": _kept_lines(_begun(here, typed), kept, say),
        "kept_edits": written_edits(kept),
        "typed": {name.replace("-", "_"): text(typed, name) for name in fields},
        "reason": text(typed, "reason"),
        "end_reason": text(typed, "end-reason"),
        "version": text(typed, "version") or (next_version(here.over) if here.over else f"{here.county.version}.1"),
        "title": say.say("pack", "title", otherwise=here.county.title),
        "now": here.now.version,
    }  # fmt: skip
    return show(request, "desk/admin/township.html", context, status=422 if wrong else 200, say=say)


def _kept_lines(here: Setting, kept: Sequence[Tightening], say: Speech) -> list[dict[str, Any]]:
    """What has been added to the form so far, in words; each can be taken out again."""
    rows: list[dict[str, Any]] = []
    for n, edit in enumerate(kept):
        try:
            lines = narrowed(here.now, _made(here, [edit], ""), say)
        except TighteningRefused as refused:
            lines = [{"what": why_refused(refused), "was": "", "now": edit.words}]
        rows += [{"n": n, **line} for line in lines[:1]]
    return rows


def _lengths(post: QueryDict, here: Setting) -> list[Tightening]:
    """The lengths of time that were typed and differ from those in force."""
    may = Tightenable(speech(here.now.digest), here.county, here.key)
    found = []
    for kind, rows in may.lengths().items():
        for row in rows:
            unit = text(post, f"{row['name']}-unit") or row.get("in") or row["unit"]
            n = whole_number(text(post, row["name"]), most=999)
            if text(post, row["name"]) and (str(n), unit) != (row["n"], row.get("in") or row["unit"]):
                found.append(Tightening(kind, row["of"], n=n, unit=unit))
    return found


def _further(post: QueryDict, here: Setting) -> tuple[list[Tightening], dict[Tightening, str]]:
    """What the parts that add one thing at a time say, and the part that each came from."""
    key, said = here.key, {name: text(post, name)[:300] for name in post}
    made: list[tuple[str, Tightening]] = []

    def part(name: str, *filled: str) -> bool:
        return any(said.get(f"{name}-{one}") for one in filled)

    def get(name: str) -> str:
        return said.get(name, "")

    if part("q", "act", "words"):
        made.append(("question", Tightening("question", (key, get("q-act")), words=get("q-words"))))
    if part("c", "act", "words"):
        kinds: dict[str, Kind] = {"most": "most", "another": "another"}
        n, of = whole_number(get("c-n"), most=999), (key, get("c-act"))
        one = Tightening(kinds.get(get("c-kind"), "after"), of, n=n, words=get("c-words"), who=get("c-who"))
        made.append(("condition", one))
    if part("a", "act"):
        n = whole_number(get("a-n"), most=999)
        made.append(("approve", Tightening("approve", (key, get("a-act")), n=n, unit="working_day", who=get("a-who"))))
    if part("g", "of", "words"):
        one = Tightening("category", (get("g-of"),), words=get("g-words"), who=get("g-who"), basis=get("g-basis"))
        made.append(("category", one))
    if part("d", "act"):
        made.append(("drop", Tightening("drop", (key, get("d-act")))))
    if part("r", "of", "words"):
        made.append(("rename", Tightening("rename", tuple(get("r-of").split("|")), words=get("r-words"))))
    return [edit for _part, edit in made], {edit: part for part, edit in made}


def _field(edit: Tightening, here: Setting, parts: dict[Tightening, str]) -> str:
    """The field, or the part of the form, at fault."""
    if edit in parts:
        return parts[edit]
    may = Tightenable(speech(here.now.digest), here.county, here.key)
    return next((row["name"] for row in may.lengths().get(edit.kind, ()) if row["of"] == edit.of), "")


def _read(sent: str) -> list[Tightening]:
    """The edits that a page carried along; what is not on the list is refused when it is made. Raises UnreadableEdits."""
    return [Tightening(one.kind, one.of, one.n, *one.words) for one in sent_edits(sent, NAMES, words=4)]
