"""An act opened in place, in a line of a list: its form under the line, and what the line says once it was done.

Asked for by the page's script alone; without it the same addresses lead to the page of the matter and back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from bihuan.cases import selectors as cases
from bihuan.cases.shapes import MAIN, CasePage
from bihuan.desk import names
from bihuan.desk.case import changed_words, lost_words, reported_words, units_named
from bihuan.desk.frame import actor_of, show
from bihuan.desk.offers import Act, Retry, drawn_acts
from bihuan.desk.timeline import Entry, Statement, statements, timeline
from bihuan.web.requests import new_request_id
from bihuan.web.speech import speech

LATELY = 2
"""Steps of the main line whose words stand above a form: what somebody asks for now, and what was decided before."""
UNDER_THE_LINE = {"HX-Retarget": "closest tbody", "HX-Reswap": "beforeend"}
INSTEAD_OF_THE_FORM = {"HX-Retarget": "closest tr", "HX-Reswap": "outerHTML"}

INSTEAD_OF_THE_LINE = {"HX-Retarget": "closest tbody", "HX-Reswap": "outerHTML", "HX-Trigger": "acted"}


def asked_in_place(request: HttpRequest) -> bool:
    """True where the script of a list asks, which puts the answer into the list."""
    return request.headers.get("HX-Request") == "true"


def unfolded(request: HttpRequest, case_id: int, retry: Retry) -> HttpResponse:
    """The act's form as a row under its line, with what has to be read before deciding. Raises NotFound."""
    actor = actor_of(request)
    page = cases.case_page(actor, case_id)
    say = speech(page.pack_digest)
    entries = timeline(page, say, names.units(actor, units_named(page)))
    acts = drawn_acts(page, actor, say, retry, entries)
    act = next((one for one in acts if one.thread == retry.thread and one.key.endswith(f".{retry.action}")), None)
    owed = next((one for one in acts if one.primary), None) if act and act.refused and not retry.said else None
    said = [side for side in statements(entries, page) if side.entry]
    context: dict[str, Any] = {
        "page": page,
        "owed": act if owed else None,
        "act": owed or act,
        "retry": retry,
        "changed": changed_words(retry, page, say),
        "reported": reported_words(entries[-1], page, say) if entries else [],
        "said": said,
        "lately": _lately(entries, page, said, owed or act),
        "lost": [] if act else lost_words(retry),
        "place": f"c{page.case_id}-{retry.thread}-{retry.action}",
        "request_id": new_request_id(),
        "href": f"/desk/case/{page.case_id}",
    }
    answer = show(request, "desk/unfolded.html", context, status=retry.status, say=say)
    if request.method == "POST":
        _headed(answer, UNDER_THE_LINE if request.POST.get("from") == "line" else INSTEAD_OF_THE_FORM)
    return answer


def _lately(entries: Sequence[Entry], page: CasePage, said: Sequence[Statement], act: Act | None) -> list[Entry]:
    """What was said on the main line since the statements (since the opening where there is none), the oldest first.

    Left out is what the form itself shows: the request that it answers, the steps of its own line of work.
    """
    main = {one.seq for one in page.timeline if one.thread == MAIN}
    shown = {act.about.seq} if act and act.about else set()
    begins = max((side.entry.seq for side in said if side.entry), default=entries[-1].seq if entries else 0)
    found = [one for one in entries if one.seq > begins and one.seq in main - shown and any(words.text for words in one.words)]
    return found[:LATELY][::-1]


def went_on(request: HttpRequest, case_id: int, done: str) -> HttpResponse:
    """The line once its act was done, in place of the line and its form."""
    actor = actor_of(request)
    found = cases.titles(actor, [case_id]).get(case_id)
    context = {"done": done, "found": found, "href": f"/desk/case/{case_id}", "draft": f"case-{case_id}-*"}
    answer = show(request, "desk/went_on.html", context)
    _headed(answer, INSTEAD_OF_THE_LINE)
    return answer


def _headed(answer: HttpResponse, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        answer.headers[name] = value
