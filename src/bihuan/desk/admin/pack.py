"""The rules in force as everybody may read them: the procedure's picture, and beside it every rule in a sentence."""

from __future__ import annotations

from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from bihuan.desk.admin.rule_words import RuleWords, span_words
from bihuan.desk.frame import actor_of, show
from bihuan.packs.picture import graph
from bihuan.packs.picture_sheets import sheets
from bihuan.people import selectors as people
from bihuan.rulebook import proposals
from bihuan.rulebook import selectors as rulebook
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import searched
from bihuan.web.speech import Speech, speech

DIGITS = 16


@duty(Duty.PACK_READ)
def pack(request: HttpRequest) -> HttpResponse:
    """One procedure of the pack in force, with its versions; ``?procedure=`` another one, ``?version=`` an earlier one."""
    actor = actor_of(request)
    versions = rulebook.versions()
    wanted = searched(request, "version")
    force = rulebook.in_force()
    current = force.get("", "")
    chosen = next((one for one in versions if one.digest.startswith(wanted or current)), None)
    if chosen is None:
        raise Http404
    say = speech(chosen.digest)
    procedures = say.pack.procedures
    key = searched(request, "procedure") or say.pack.usual()
    if key not in procedures:
        raise Http404
    may_publish, drawn = Duty.PACK_PUBLISH in actor.duties, _drawn(chosen.digest, key, say.language)
    names = people.accounts({one.published_by for one in versions if one.published_by})
    context = {
        "title": say.say("pack", "title", otherwise=say.pack.title),
        "version": chosen,
        "current": chosen.digest in force.values(),
        "digest": chosen.digest[:DIGITS],
        "published": say.moment(chosen.published_at),
        "versions": [
            {
                "version": one.version,
                "digest": one.digest[:DIGITS],
                "at": say.moment(one.published_at),
                "by": names[one.published_by].name if one.published_by in names else _("System"),
                "here": one == chosen,
            }
            for one in versions
        ],
        "procedures": [
            {"key": one.key, "title": say.say("procedure", one.key, otherwise=one.title), "here": one.key == key}
            for one in say.pack.case_types()
        ],
        "key": key,
        "procedure": say.say("procedure", key, otherwise=procedures[key].title),
        "picture": mark_safe(drawn[0]),  # noqa: S308 - drawn by us, every word escaped
        "sheets": [mark_safe(one) for one in drawn[1:]],  # noqa: S308 - as above
        "parts": RuleWords(say, procedures[key]).parts(),
        "settings": _settings(say),
        "sources": say.pack.sources,
        "may_publish": may_publish,
        "asked": proposals.proposals(state=proposals.ASKED) if may_publish else [],
    }
    return show(request, "desk/admin/pack.html", context, say=speech(actor.pack_digest))


@lru_cache(maxsize=16)
def _drawn(digest: str, procedure: str, language: str) -> tuple[str, ...]:
    """The picture and its sheets for print: drawing them takes longer than the rest of the page. The digest names the content."""
    pack = rulebook.pack(digest)
    return graph(pack, procedure, language), *sheets(pack, procedure, language)


def _settings(say: Speech) -> list[tuple[str, str]]:
    """Office hours, how days are counted, when a light turns near, the levels of the area tree."""
    spec, lights = say.pack.calendar, say.pack.lights
    hours = _(", ").join(f"{opens}–{closes}" for opens, closes in spec.periods)
    ends = _("at the close of office hours") if spec.ends_at == "close" else _("at midnight")
    near = [_("%(span)s before the limit") % {"span": span_words(lights.amber)}]
    if lights.one_day:
        near.append(_("for limits of one working day %(span)s before") % {"span": span_words(lights.one_day)})
    if lights.hours:
        near.append(_("for limits in hours %(span)s before") % {"span": span_words(lights.hours)})
    levels = _(" → ").join(say.say("level", level.key, otherwise=level.title) for level in say.pack.levels)
    return [
        (_("Office hours"), hours),
        (_("A day ends"), ends),
        (_("A light turns near"), _("; ").join(near)),
        (_("Levels"), levels),
    ]
