"""Sorting by law, question by question: which other way is the lawful one for a matter, and the reason that is printed.

The sentences stand in the pack's routes and are asked in its order; a person answers each. "Yes" opens the act that names the
way, filled in; nothing is done before that form is sent. Nothing of it is kept: what counts is what the act says.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from bihuan.cases import selectors as cases
from bihuan.cases.shapes import CasePage
from bihuan.desk.case import case_screen
from bihuan.desk.drawn_papers import LANGUAGE
from bihuan.desk.frame import actor_of, show
from bihuan.desk.offers import Retry
from bihuan.desk.ways import asked_of, naming
from bihuan.packs.shape import Route
from bihuan.rules.events import MAIN
from bihuan.rules.procedure.shape import Action
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.speech import speech

REASON = "reason"
"""The fact in which the act that names a route says why."""


@duty(Duty.CASE_READ)
def sorter(request: HttpRequest, case_id: int) -> HttpResponse:
    """The next question; at "yes" the filled form of the act that names the way; after the last "no" what may be done then."""
    actor = actor_of(request)
    page = cases.case_page(actor, case_id)
    say = speech(page.pack_digest)
    act = naming(page)
    routes = asked_of(say.pack, act)
    if act is None or not routes:
        return HttpResponseRedirect(f"/desk/case/{case_id}")
    yes, no = request.GET.get("yes", ""), [one for one in routes if one.key in request.GET.getlist("no")]
    found = next((one for one in routes if one.key == yes), None)
    if found is not None:
        return case_screen(request, case_id, Retry(thread=MAIN, action=act.key, typed=filled(act, found, page)))
    left = [one for one in routes if one not in no]
    href = f"/desk/case/{case_id}/sort"
    said = [("no", one.key) for one in no]
    asked = left[0] if left else None
    context: dict[str, Any] = {
        "page": page,
        "href": f"/desk/case/{case_id}",
        "back": f"{href}?{urlencode(said[:-1])}" if said else "",
        "n": len(no) + 1,
        "of": len(routes),
        "no": [_words(one, say) for one in no],
    }
    if asked is not None:
        answers = {"yes": urlencode([*said, ("yes", asked.key)]), "no": urlencode([*said, ("no", asked.key)])}
        context |= {"asked": _words(asked, say), "if_yes": f"{href}?{answers['yes']}", "if_no": f"{href}?{answers['no']}"}
    else:
        other = next((one for one in page.offers if one.thread == MAIN and not one.refused and one.action.primary), None)
        context["then"] = say.action(page.procedure.key, other.action.key, other.action.title) if other else ""
        context["then_href"] = f"/desk/case/{case_id}/act/{MAIN}/{other.action.key}" if other else ""
    return show(request, "desk/sorter.html", context, say=say)


def _words(route: Route, say: Any) -> dict[str, str]:
    return {
        "title": say.say("route", route.key, otherwise=route.title),
        "if_so": say.say("route", route.key, "if_so", otherwise=route.if_so),
        "source": route.source,
    }


def filled(act: Action, route: Route, page: CasePage) -> dict[str, Any]:
    """What the act's form is filled with: the way, what it brings with it, and the reason in Chinese, as residents read it."""
    chinese = speech(page.pack_digest, language=LANGUAGE)
    way = next(name for name, need in act.needs.items() if need.type == "route")
    typed: dict[str, Any] = {way: route.key, **{name: value for name, value in route.fills.items() if name in act.needs}}
    if REASON in act.needs and act.needs[REASON].type == "text":
        typed[REASON] = f"{chinese.say('route', route.key, 'if_so', otherwise=route.if_so)}。"
    return typed
