"""One of the pack's lists as a condition on cases (``packs.listing``): what happened to them, how they stand, what they are."""

from __future__ import annotations

from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from bihuan.cases.lines import light_is
from bihuan.cases.models import Thread
from bihuan.cases.shapes import MAIN
from bihuan.cases.sheet import STREAMS
from bihuan.ledger.selectors import stands_in
from bihuan.rules.terms import Where

ATTRIBUTES = ("kind", "channel", "weight", "urgency")
YES = "true"


def viewed(view: Where, now: datetime) -> Q:
    """The conditions of a list, all together. What happened is looked up in each case's own entries, by their place."""
    given = dict(view.facts)
    wanted = Q()
    if "procedure" in given:
        wanted &= Q(procedure__in=given["procedure"])
    for name in ATTRIBUTES:
        if name in given:
            wanted &= Q(**{f"{name}__in": given[name]})
    if "category" in given:
        parts = [Q(category=key) | Q(category__startswith=f"{key}.") for key in given["category"]]
        wanted &= _any(parts)
    wanted &= _standing(given, now)
    if "had" in given:
        wanted &= Q(_happened(given["had"]))
    if "not_had" in given:
        wanted &= ~Q(_happened(given["not_had"]))
    if "thread" in given:
        wanted &= Q(Exists(_threads(given)))
    return wanted


def is_short(view: Where) -> bool:
    """True where a list is of open cases, which are few however many there ever were."""
    given = dict(view.facts)
    return given.get("open") == (YES,) or "light" in given or given.get("thread_open") == (YES,)


def _any(parts: list[Q]) -> Q:
    found = parts[0]
    for part in parts[1:]:
        found |= part
    return found


def _standing(given: dict[str, tuple[str, ...]], now: datetime) -> Q:
    """State, light, and whether they are open: of the main thread."""
    wanted = Q()
    if given.get("open") == (YES,):
        wanted &= Q(pk__in=Thread.objects.filter(open=True, name=MAIN).values("case_id"))
    elif "open" in given:
        wanted &= _any([Q(closed_at__isnull=value == YES) for value in given["open"]])
    if "state" in given:
        wanted &= Q(Exists(Thread.objects.filter(case=OuterRef("pk"), name=MAIN, state__in=given["state"])))
    if "light" in given:
        lit = Thread.objects.filter(_any([light_is(value, now) for value in given["light"]]), name=MAIN, open=True)
        wanted &= Q(pk__in=lit.values("case_id"))
    return wanted


def _happened(kinds: tuple[str, ...]) -> Exists:
    """Whether one of these events stands in the case's stream of the ledger."""
    return stands_in(Concat(Value(STREAMS), Cast(OuterRef("pk"), CharField()), output_field=CharField()), kinds)


def _threads(given: dict[str, tuple[str, ...]]) -> QuerySet[Thread]:
    threads = Thread.objects.filter(case=OuterRef("pk"), kind__in=given["thread"])
    if "thread_state" in given:
        threads = threads.filter(state__in=given["thread_state"])
    if "thread_open" in given:
        threads = threads.filter(open__in=[value == YES for value in given["thread_open"]])
    return threads
