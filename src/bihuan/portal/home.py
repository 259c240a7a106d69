"""The first page: three choices and the emergency numbers; and how matters are handled here, from the pack itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from bihuan.portal.frame import show
from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.web.guards import anyone
from bihuan.web.moments import span_words
from bihuan.web.opening import SERVICE, errand_type, errands, startable
from bihuan.web.speech import Speech, speech


@anyone()
def home(request: HttpRequest) -> HttpResponse:
    """Report, see the progress, how it works."""
    return show(request, "portal/home.html", {})


@anyone()
def services(request: HttpRequest) -> HttpResponse:
    """The errands that are done on residents' behalf: what to bring, how long each may take."""
    say = speech()
    return show(request, "portal/services.html", {"errands": errands(say), "type": errand_type(say)}, say=say)


@anyone()
def guide(request: HttpRequest) -> HttpResponse:
    """What happens with a report and how long each step may take; which matters have another lawful way."""
    say = speech()
    procedures = startable(say)
    context = {
        "types": [
            {
                "title": say.procedure(one.key, one.title) if len(procedures) > 1 else "",
                "limits": [_limit(clock, one.key, say) for clock in one.clocks if clock.charges != "nobody"],
            }
            for one in procedures
        ],
        "errands": bool(say.pack.catalogue.services),
        "routes": [
            {"title": say.say("route", route.key), "say": say.say("route", route.key, "say"), "source": route.source}
            for route in say.pack.catalogue.routes
        ],
    }
    return show(request, "portal/guide.html", context, say=say)


def _limit(clock: ClockSpec, procedure: str, say: Speech) -> dict[str, object]:
    return {
        "title": say.clock(procedure, clock.key, clock.title),
        "limits": [
            (say.say("limit", limit.key, otherwise=""), span_words(limit.span))
            for limit in clock.limits
            if limit.span and not _of_errand(limit)
        ],
        "source": clock.source,
    }


def _of_errand(limit: Limit) -> bool:
    """True for the limit of single errands: their page says it of each."""
    return any(name == SERVICE for name, _values in limit.where.facts)
