"""The monthly table: offices down, what each received, kept, missed and has open across; printed on A4.

Every number opens exactly the matters it counts. Rows stand in the order of the units, never by how much was reported.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.desk import names
from bihuan.desk.board import Cell, chosen_type, type_links
from bihuan.desk.filters import link
from bihuan.desk.frame import actor_of, show
from bihuan.reports import monthly as figures
from bihuan.reports.monthly import Row, Share, Table, month_of, next_month
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.speech import speech

PATH = "/desk/monthly"
NARROW = 30
"""From so many units on the rows are set closer on paper."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, the key of what it counts, whether it begins a group, whether it is a share.

    ``name``: the head with its group's, for a card on a phone.
    """

    title: str
    key: str
    first: bool = False
    share: bool = False
    light: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Columns under one head."""

    title: str
    columns: tuple[Column, ...]


def _groups() -> list[Group]:
    """The columns; whoever was not reached stands behind the shares of those who were."""
    rate = pgettext("head of a column", "rate")
    return [
        Group(_("Assigned"), (Column(_("received"), "received", first=True),)),
        Group(
            _("Limits ended"),
            (
                Column(_("all in time"), "met", first=True),
                Column(_("one late"), "missed", light="missed"),
                Column(rate, "kept", share=True),
                Column(_("passed meanwhile"), "overdue", light="missed"),
            ),
        ),
        Group(_("Now"), (Column(_("open now"), "open", first=True), Column(_("overdue now"), "late", light="over"))),
        Group(
            _("First answer"),
            (
                Column(pgettext("step", "in time"), "response_met", first=True),
                Column(pgettext("step", "late"), "response_missed", light="missed"),
                Column(rate, "response", share=True),
            ),
        ),
        Group(
            _("Completion"),
            (
                Column(pgettext("step", "in time"), "resolution_met", first=True),
                Column(pgettext("step", "late"), "resolution_missed", light="missed"),
                Column(rate, "resolution", share=True),
            ),
        ),
        Group(
            _("Follow-up"),
            (
                Column(_("reached"), "reached", first=True),
                Column(_("solved"), "solved"),
                Column(rate, "solution", share=True),
                Column(_("satisfied"), "satisfied"),
                Column(rate, "satisfaction", share=True),
                Column(_("not reached"), "not_reached", first=True),
            ),
        ),
        Group(
            _("Rated by residents themselves"),
            (
                Column(_("rated"), "rated", first=True),
                Column(_("solved"), "rated_solved"),
                Column(_("satisfied"), "rated_satisfied"),
            ),
        ),
        Group(
            _("Once more"),
            (Column(_("reopened"), "reopened", first=True), Column(_("sent back"), "sent_back")),
        ),
    ]


@duty(Duty.REPORT_READ)
def monthly(request: HttpRequest) -> HttpResponse:
    """The month's table of the actor's area; of the actor's own unit for a post that sees no area."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    today = say.calendar.local(say.now).date()
    month = month_of(request.GET.get("month", ""), today)
    kind = chosen_type(request, say)
    table = figures.table(actor, month, calendar=say.calendar, now=say.now, procedure=kind)
    groups = _groups()
    columns = [replace(column, name=f"{group.title} {column.title}") for group in groups for column in group.columns]
    named = names.units(actor, (row.unit for row in table.rows))
    before = month - timedelta(days=1)
    context = {
        "area": actor.unit_name if table.unit else actor.area_name,
        "month": _written(month),
        "title": date_format(month, pgettext("date format", "F Y"), use_l10n=False),
        "runs": next_month(month) > today,
        "printed": say.full(say.now),
        "types": type_links(say, kind, month=_written(month)),
        "type": kind,
        "before": _path(before, kind),
        "after": _path(next_month(month), kind) if next_month(month) <= today else "",
        "latest": _written(today),
        "groups": groups,
        "columns": columns,
        "rows": [{"name": named.get(row.unit, ""), "cells": _cells(row, columns, table, kind)} for row in table.rows],
        "total": _cells(table.total, columns, table, kind),
        "tight": len(table.rows) > NARROW,
    }
    return show(request, "desk/monthly.html", context, say=say)


def _written(day: date) -> str:
    return f"{day.year}-{day.month:02d}"


def _path(day: date, kind: str) -> str:
    return f"{PATH}?month={_written(day)}" + (f"&type={kind}" if kind else "")


def _cells(row: Row, columns: list[Column], table: Table, kind: str) -> list[tuple[Column, Cell | str]]:
    """A cell for each column: a number with its list, or a share in words ("" of nothing). The sum opens no list."""
    return [
        (column, _share(getattr(row, column.key)) if column.share else _number(row, column, table, kind)) for column in columns
    ]


def _share(share: Share) -> str:
    return "" if share.percent is None else f"{share.percent}%"


def _number(row: Row, column: Column, table: Table, kind: str) -> Cell:
    n = int(getattr(row, column.key))
    return Cell(n, _address(row.unit, column.key, table, kind) if n and row.unit else "", column.light)


def _address(office: int, key: str, table: Table, kind: str) -> str:
    """The list of exactly what a number counts."""
    if key == "open":
        return link(type=kind, office=office)
    if key == "late":
        return link(type=kind, office=office, light="over")
    if key in ("met", "missed"):
        last = next_month(table.first) - timedelta(days=1)
        late = "yes" if key == "missed" else "no"
        return link(type=kind, office=office, ended=table.first.isoformat(), until=last.isoformat(), late=late)
    return link(type=kind, office=office, mark=key, month=_written(table.first))
