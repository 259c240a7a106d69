"""The lists an office keeps, as the pack writes them: views over matters, with the columns it names, to look at and take out.

Nothing is kept twice: a list is a question put to the matters themselves, through the reader's scope, so that what is about
the reader is on none. No column shows who a resident is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.access.actors import Actor
from bihuan.cases.listed import Listed, listed
from bihuan.cases.shapes import CaseFilter
from bihuan.desk import filters, names
from bihuan.desk.frame import actor_of, show
from bihuan.desk.timeline import value_words
from bihuan.exchange import exporting
from bihuan.exchange.exporting import MOST_ROWS, TYPES, Kind
from bihuan.packs.later import Indicator, ListView
from bihuan.packs.listing import AT, BY, FACT
from bihuan.places import selectors as places
from bihuan.reports.figures import Part, month_figures
from bihuan.reports.monthly import month_of
from bihuan.rules.procedure.shape import Need
from bihuan.rules.scope import Duty
from bihuan.rules.terms import FactValue
from bihuan.web.forms import Option
from bihuan.web.guards import duty
from bihuan.web.requests import searched, text
from bihuan.web.speech import Speech, light_words, speech

PATH = "/desk/lists"
ROWS, PAGE = 50, 200
NARROWED = ("area", "from", "to")
"""Filters beside the list's own conditions."""
BESIDE = frozenset({"channel", "external_number", "closed", "centre"})
"""Columns that a list of matters has not read already."""
WIDE = frozenset({"title"})
"""Columns that take the room the others leave."""
WHOLE = ("number", "received", "closed", "due", "light", "at.")
"""Begin the names of columns whose numbers and days are not broken over lines."""


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a figure in words: whose it is, the number or share, and the list of what it counts ("" = none)."""

    whose: str
    words: str
    sub: str
    href: str


@dataclass(frozen=True, slots=True)
class Cells:
    """A case of the list and the names of the units on its page."""

    one: Listed
    units: Mapping[int, str]


Words = Callable[[Cells], str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, and the words of a case in it."""

    key: str
    title: str
    words: Words


@duty(Duty.CASE_READ)
def lists(request: HttpRequest) -> HttpResponse:
    """All lists of the pack, with what each shows; and its figures of a month, for whoever reads figures."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    today = say.calendar.local(say.now).date()
    month = month_of(request.GET.get("month", ""), today)
    found = month_figures(actor, say.pack, month, say.calendar) if Duty.REPORT_READ in actor.duties else ()
    units = names.units(actor, {part.unit for figure in found for part in figure.parts})
    context = {
        "area": actor.area_name or actor.unit_name,
        "month": f"{month:%Y-%m}",
        "latest": f"{today:%Y-%m}",
        "month_title": date_format(month, pgettext("date format", "F Y"), use_l10n=False),
        "figures": [
            {"title": say.say("indicator", figure.spec.key, otherwise=figure.spec.title), "times": figure.spec.times,
             "parts": [_told(part, figure.spec, f"{month:%Y-%m}", units, say) for part in figure.parts]}
            for figure in found
        ],
        "lists": [
            {"href": f"{PATH}/{view.key}", "title": _title(view, say), "says": says(view, say),
             "columns": [column.title for column in columns_of(view, say)]}
            for view in say.pack.later.lists
        ],
    }  # fmt: skip
    return show(request, "desk/lists.html", context, say=say)


def _cell(column: Column, of: Cells) -> dict[str, Any]:
    """One cell as the page draws it."""
    return {"key": column.key, "title": column.title, "words": column.words(of), "whole": column.key.startswith(WHOLE)}


@duty(Duty.CASE_READ)
def one_list(request: HttpRequest, key: str) -> HttpResponse:
    """One list: a page of its cases, newest first, narrowed by place and day of registration."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    view = _view(key, say)
    columns = columns_of(view, say)
    page = listed(actor, _filter(request, actor, say, view), after=searched(request, "after"), limit=ROWS, **_asked(view))
    units = names.units(actor, _units(page.cases))
    given = {name: searched(request, name) for name in NARROWED}
    kept = {name: value for name, value in given.items() if value}
    context = {
        "key": view.key,
        "title": _title(view, say),
        "says": says(view, say),
        "columns": [{"title": column.title, "wide": column.key in WIDE, "lamp": column.key == "light"} for column in columns],
        "rows": [
            {"href": f"/desk/case/{one.line.case_id}", "light": one.line.light,
             "cells": [_cell(each, Cells(one, units)) for each in columns]}
            for one in page.cases
        ],
        "first": next((column.key for column in columns if column.key in ("number", "title")), ""),
        "given": given,
        "towns": _towns(actor, say),
        "narrowed": bool(kept),
        "more": f"?{urlencode({**kept, 'after': page.after})}" if page.after else "",
        "address": urlencode(kept),
        "may_export": Duty.EXPORT_RUN in actor.duties,
        "printed": say.full(say.now),
        "area": actor.area_name or actor.unit_name,
        "lists": [{"href": f"{PATH}/{other.key}", "title": _title(other, say), "here": other.key == key}
                  for other in say.pack.later.lists],
    }  # fmt: skip
    return show(request, "desk/list_view.html", context, say=say)


@duty(Duty.EXPORT_RUN, methods=("POST",))
def take_out(request: HttpRequest, key: str) -> HttpResponseBase:
    """The list as xlsx or csv, with the same columns; that it was taken is an entry."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    view = _view(key, say)
    kind: Kind = "csv" if text(request.POST, "kind") == "csv" else "xlsx"
    narrowed: dict[str, FactValue] = {name: searched(request, name) for name in NARROWED if searched(request, name)}
    columns = columns_of(view, say)
    written = exporting.export(
        actor,
        what=f"list:{view.key}",
        kind=kind,
        heads=[column.title for column in columns],
        rows=_rows(actor, _filter(request, actor, say, view), view, columns),
        widths=[40 if column.key in WIDE else 18 for column in columns],
        left_out=_("Only the first %(n)d matters are in this file; narrow the list to take out the rest.") % {"n": MOST_ROWS},
        narrowed=narrowed,
    )
    name = f"{_title(view, say)}-{say.calendar.local(say.now):%Y%m%d}.{kind}"
    return FileResponse(written.file, as_attachment=True, filename=name, content_type=TYPES[kind])


def _rows(actor: Actor, wanted: CaseFilter, view: ListView, columns: Sequence[Column]) -> Iterator[Sequence[str]]:
    after = ""
    while True:
        page = listed(actor, wanted, after=after, limit=PAGE, **_asked(view))
        units = names.units(actor, _units(page.cases))
        for one in page.cases:
            yield [column.words(Cells(one, units)) for column in columns]
        after = page.after
        if not after:
            return


def _told(part: Part, spec: Indicator, month: str, units: Mapping[int, str], say: Speech) -> Told:
    """A line of a figure. The list opens where it holds exactly what was counted: one unit's matters, each once."""
    whose = units.get(part.unit, "") if part.unit else say.say("level", part.level) if part.level else ""
    href = filters.link(office=part.unit, mark=spec.of, month=month) if part.unit and part.n and not spec.times else ""
    if part.of is None:
        return Told(whose, str(part.n), "", href)
    share = "—" if part.percent is None else f"{part.percent}%"
    return Told(whose, share, _("%(n)d of %(of)d") % {"n": part.n, "of": part.of}, href)


def _view(key: str, say: Speech) -> ListView:
    found: ListView | None = next((view for view in say.pack.later.lists if view.key == key), None)
    if found is None:
        raise Http404
    return found


def _title(view: ListView, say: Speech) -> str:
    return say.say("list", view.key, otherwise=view.title)


def _filter(request: HttpRequest, actor: Actor, say: Speech, view: ListView) -> CaseFilter:
    """The list's conditions with the place and days of the address; nothing else of the address counts."""
    asked = filters.read(request, actor, say)
    return CaseFilter(
        view=view.where,
        area_code=asked.area_code,
        area_alone=asked.area_alone,
        opened_since=asked.opened_since,
        opened_until=asked.opened_until,
    )


class Asked(TypedDict):
    """What has to be read beside the line of a case: its events, its further columns."""

    told: bool
    beside: bool


def _asked(view: ListView) -> Asked:
    """What the columns of a list need."""
    return Asked(told=any(column.startswith((AT, BY, FACT)) for column in view.columns), beside=bool(BESIDE & set(view.columns)))


def _towns(actor: Actor, say: Speech) -> list[Option]:
    """The areas right below the actor's own. No statement once they have been read."""
    widths = sorted(level.digits for level in say.pack.levels)
    below = next((width for width in widths if width > len(actor.area_code)), 0)
    if not actor.area_code or not below:
        return []
    known = places.names_in(actor.area_code, actor.org_stamp)
    return [Option(code, name) for code, name in sorted(known.items()) if len(code) == below]


def _units(cases: Iterable[Listed]) -> set[int]:
    found: set[int] = set()
    for one in cases:
        found |= {one.line.holder_unit, one.centre}
        for event in one.events:
            found.add(event.by.unit)
            for value in event.facts.values():
                many = value if isinstance(value, list) else [value]
                found |= {each for each in many if isinstance(each, int) and not isinstance(each, bool)}
    return found


# -- columns ----------------------------------------------------------------------------------------------------------


def columns_of(view: ListView, say: Speech) -> list[Column]:
    """The list's columns in the order the pack gives them."""
    return [_column(key, view, say) for key in view.columns]


def _column(key: str, view: ListView, say: Speech) -> Column:
    for start, made in ((AT, _at), (BY, _by), (FACT, _fact)):
        if key.startswith(start):
            return made(key, key.removeprefix(start), view, say)
    title, words = _plain(say)[key]
    return Column(key, title, words)


def _plain(say: Speech) -> dict[str, tuple[str, Words]]:
    return {
        "number": (_("Number"), lambda of: of.one.line.number),
        "title": (_("Matter"), lambda of: of.one.line.title or _("(no title)")),
        "type": (_("Case type"), lambda of: say.procedure(of.one.line.procedure)),
        "category": (_("Category"), lambda of: say.category(of.one.line.category)),
        "kind": (_("Kind"), lambda of: say.choice(of.one.line.kind, "kind") if of.one.line.kind else ""),
        "channel": (_("Channel"), lambda of: say.choice(of.one.channel, "channel") if of.one.channel else ""),
        "weight": (_("Weight"), lambda of: say.short_choice(of.one.line.weight, "weight") if of.one.line.weight else ""),
        "urgency": (_("Urgency"), lambda of: say.short_choice(of.one.line.urgency, "urgency") if of.one.line.urgency else ""),
        "received": (_("Received"), lambda of: _day(of.one.line.opened_at, say)),
        "closed": (_("Closed on"), lambda of: _day(of.one.closed_at, say)),
        "area": (_("Place"), lambda of: of.one.line.area_name.replace("·", " ")),
        "centre": (_("Centre"), lambda of: of.units.get(of.one.centre, "")),
        "office": (_("With"), lambda of: of.units.get(of.one.line.holder_unit, "")),
        "state": (_("Stage"), lambda of: say.state(of.one.line.procedure, of.one.line.state, of.one.line.thread_kind)),
        "entered": (_("Stage since"), lambda of: _day(of.one.line.entered_at, say)),
        "due": (_("Limit"), lambda of: _day(of.one.line.due_at, say)),
        "light": (_("Light"), lambda of: say.due(of.one.line.light, of.one.line.due_at).light_words),
        "external_number": (_("Number elsewhere"), lambda of: of.one.external_number),
    }


def _day(at: Any, say: Speech) -> str:
    """A day as a table needs it: short and sortable."""
    return f"{say.calendar.local(at):%Y-%m-%d}" if at else ""


def _event_title(name: str, view: ListView, say: Speech) -> str:
    """What an event is called in the case types of the list: as the button that makes it, else as a timeline says it."""
    procedures = dict(view.where.facts).get("procedure", tuple(say.pack.procedures))
    for spec in (say.pack.procedures[key] for key in procedures):
        for kind, acts in (("", spec.actions), *((thread.key, thread.actions) for thread in spec.threads)):
            for act in acts:
                if act.event == name:
                    return say.action(spec.key, act.key, act.title, kind)
    for procedure in procedures:
        if (words := say.event(procedure, name)) != name:
            return words
    return name


def _at(key: str, name: str, view: ListView, say: Speech) -> Column:
    def words(of: Cells) -> str:
        event = of.one.last(name)
        return _day(event.at, say) if event else ""

    return Column(key, _event_title(name, view, say), words)


def _by(key: str, name: str, view: ListView, say: Speech) -> Column:
    def words(of: Cells) -> str:
        event = of.one.last(name)
        return of.units.get(event.by.unit, "") if event and event.by.kind == "staff" else ""

    return Column(key, _("%(act)s by") % {"act": _event_title(name, view, say)}, words)


def _fact(key: str, name: str, view: ListView, say: Speech) -> Column:
    needs: dict[str, tuple[str, Need]] = {}
    for procedure, spec in say.pack.procedures.items():
        asking = sorted((one for one in spec.actions if name in one.needs), key=lambda one: one.needs[name].optional)
        if asking:  # the act that must say it has the plainest words for it
            needs[procedure] = (asking[0].key, asking[0].needs[name])
    wanted = dict(view.where.facts).get("procedure", tuple(needs))
    asked = next(((procedure, *needs[procedure]) for procedure in wanted if procedure in needs), None)
    title = say.need(asked[0], asked[1], name, asked[2].title) if asked else name

    def words(of: Cells) -> str:
        procedure = of.one.line.procedure
        need, value = needs.get(procedure), of.one.fact(name)
        return value_words(name, value, need[1], say, of.units, procedure) if need and value is not None else ""

    return Column(key, title.partition("（")[0], words)


def says(view: ListView, say: Speech) -> str:
    """The list's conditions as a sentence, so that nobody has to guess what is on it."""
    told = [part for name, values in view.where.facts if (part := _condition(name, values, view, say))]
    return _("; ").join(told) or _("all matters")


def _condition(name: str, values: Sequence[str], view: ListView, say: Speech) -> str:
    procedures = dict(view.where.facts).get("procedure", tuple(say.pack.procedures))
    first = next(iter(procedures), "")
    many = [_value(name, value, first, view, say) for value in values]
    words = "、".join(dict.fromkeys(many))
    sentences = {
        "had": _("has been: %(words)s"), "not_had": _("has not been: %(words)s"), "procedure": _("case type: %(words)s"),
        "state": _("stage: %(words)s"), "category": _("category: %(words)s"), "thread": _("with: %(words)s"),
        "thread_state": _("that stands at: %(words)s"), "light": _("light: %(words)s"),
    }  # fmt: skip
    return sentences.get(name, "%(words)s") % {"words": words}


def _value(name: str, value: str, procedure: str, view: ListView, say: Speech) -> str:
    if name in ("had", "not_had"):
        return _event_title(value, view, say)
    if name in ("open", "thread_open"):
        return _("open") if value == "true" else _("closed")
    if name == "thread_state":
        kind = next(iter(dict(view.where.facts).get("thread", ())), "")
        return say.state(procedure, value, kind)
    spoken: dict[str, Callable[[], str]] = {
        "procedure": lambda: say.procedure(value),
        "state": lambda: say.state(procedure, value),
        "thread": lambda: say.say("thread", procedure, value),
        "light": lambda: light_words(value),
    }
    return spoken[name]() if name in spoken else say.choice(value, name, "", procedure)
