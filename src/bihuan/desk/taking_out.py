"""The list of all matters as a file: what the filters show, in words, without anything that tells who a resident is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases import search
from bihuan.cases import selectors as cases
from bihuan.cases.shapes import CaseFilter, WorkLine
from bihuan.desk import filters, names
from bihuan.desk.frame import actor_of
from bihuan.exchange import exporting
from bihuan.exchange.exporting import MOST_ROWS, TYPES, Kind
from bihuan.rules.scope import Duty
from bihuan.rules.terms import FactValue
from bihuan.vault import keyed_hash
from bihuan.web.guards import duty
from bihuan.web.requests import searched, text
from bihuan.web.speech import Speech, light_words, speech

PAGE = 200
WIDTHS = (22, 48, 18, 10, 10, 14, 26, 22, 10, 10, 18, 18)
TOLD = (
    "type",
    "area",
    "office",
    "state",
    "light",
    "category",
    "open",
    "from",
    "to",
    "ended",
    "until",
    "late",
    "mark",
    "month",
    "sort",
)


@duty(Duty.EXPORT_RUN, methods=("POST",))
def take_out(request: HttpRequest) -> HttpResponseBase:
    """The filtered list as xlsx or csv; that it was taken is an entry. The filters stand in the address, as on the screen."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    kind: Kind = "csv" if text(request.POST, "kind") == "csv" else "xlsx"
    find = searched(request)
    narrowed: dict[str, FactValue] = {key: searched(request, key) for key in TOLD if searched(request, key)}
    if find:
        narrowed["words"] = f"w:{keyed_hash(find, 'exact')[:32]}"
    written = exporting.export(
        actor,
        what="cases",
        kind=kind,
        heads=_heads(),
        rows=_rows(actor, find, filters.read(request, actor, say), say),
        widths=WIDTHS,
        left_out=_("Only the first %(n)d matters are in this file; narrow the list to take out the rest.") % {"n": MOST_ROWS},
        narrowed=narrowed,
    )
    what = _("matters")
    name = f"{what}-{say.calendar.local(say.now):%Y%m%d}.{kind}"
    return FileResponse(written.file, as_attachment=True, filename=name, content_type=TYPES[kind])


def _heads() -> list[str]:
    return [
        _("Number"), _("Matter"), _("Category"), _("Weight"), _("Urgency"), _("Township"), _("Village and grid"), _("With"),
        _("Stage"), _("Light"), _("Limit"), _("Received"),
    ]  # fmt: skip


def _rows(actor: Actor, find: str, wanted: CaseFilter, say: Speech) -> Iterator[Sequence[str]]:
    """What the screen shows, line after line."""
    words, units = _Words(say), {0: ""}
    for line in _found(actor, find, wanted) if find else cases.every_line(actor, wanted):
        if line.holder_unit not in units:
            units |= {line.holder_unit: ""} | names.units(actor, (line.holder_unit,))
        yield words.cells(line, units[line.holder_unit])


def _found(actor: Actor, find: str, wanted: CaseFilter) -> Iterator[WorkLine]:
    after = ""
    while True:
        page = search.find(actor, find, wanted, after=after, limit=PAGE)
        yield from page.lines
        after = page.after
        if not after:
            return


class _Words:
    """The words of a list's cells; what stands in many lines is put into words once."""

    def __init__(self, say: Speech) -> None:
        self._say, self._kept = say, {}  # type: Speech, dict[tuple[str, ...], str]

    def cells(self, line: WorkLine, office: str) -> Sequence[str]:
        """One line, in the order of the heads."""
        top, _dot, rest = line.area_name.partition("·")
        return (
            line.number, line.title, self._word("category", line.category), self._word("weight", line.weight),
            self._word("urgency", line.urgency), top, rest.replace("·", " "), office,
            self._word("state", line.procedure, line.state, line.thread_kind), self._word("light", line.light),
            _day(line.due_at, self._say), _day(line.opened_at, self._say),
        )  # fmt: skip

    def _word(self, *what: str) -> str:
        if what not in self._kept:
            self._kept[what] = self._spoken(*what)
        return self._kept[what]

    def _spoken(self, kind: str, key: str, *more: str) -> str:
        say = self._say
        if kind == "state":
            return say.state(key, *more)
        if kind == "light":
            return light_words(key)
        if not key:
            return ""
        if kind == "category":
            return say.category(key)
        return say.short_choice(key, kind) if kind == "weight" else say.choice(key, kind)


def _day(at: datetime | None, say: Speech) -> str:
    """An instant as a table needs it: sortable."""
    return say.calendar.local(at).isoformat(" ", "minutes")[:16] if at else ""
