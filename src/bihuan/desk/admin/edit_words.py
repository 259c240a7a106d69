"""The settings of a pack that may be changed at the desk, and changes to them, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from bihuan.desk.admin.rule_words import RuleWords, span_words
from bihuan.packs.edits import Edit, Place, limits
from bihuan.packs.lengths import lights_of
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.terms import Span
from bihuan.web.speech import Speech


class EditWords:
    """Says what of one pack can be changed, in the language of a speech."""

    def __init__(self, say: Speech) -> None:
        self.say, self.pack = say, say.pack

    def limits(self, procedure: Procedure, only: Callable[[Place], bool] | None = None) -> list[dict[str, Any]]:
        """A row for each limit that is a length of time, in the order of ``packs.edits.limits``; of all or ``only`` of some."""
        rows: list[dict[str, Any]] = [
            {
                "name": f"limit-{n}",
                "of": place.of,
                "title": self.limit(place),
                "n": str(place.span.n),
                "unit": place.span.unit,
                "words": span_words(place.span),
                "law": place.law,
                "source": place.clock.source,
                "of_resident": place.clock.charges == "nobody",
            }
            for n, place in enumerate(limits(procedure))
            if only is None or only(place)
        ]
        above = ""
        for row in rows:  # a source is said once, at the first of the limits that stand under it
            row["source"], above = ("" if row["source"] == above else row["source"]), row["source"]
        return rows

    def limit(self, place: Place) -> str:
        """A limit's name: of which line of work, which clock, under which condition."""
        procedure = self.pack.procedures[place.procedure]
        part = f"{place.procedure}.{place.thread}" if place.thread else place.procedure
        clock = self.say.clock(part, place.clock.key, place.clock.title)
        thread = self.say.say("thread", place.procedure, place.thread, otherwise="") if place.thread else ""
        where = RuleWords(self.say, procedure).condition(place.limit.where)
        named = _("%(part)s: %(clock)s") % {"part": thread, "clock": clock} if thread and thread != clock else clock
        return _("%(clock)s (%(where)s)") % {"clock": named, "where": where} if where else named

    def lights(self) -> list[dict[str, Any]]:
        """A row for each warning."""
        titles = {
            "amber": _("The light turns near so long before the limit"),
            "one_day": _("… of limits of one working day"),
            "hours": _("… of limits in hours"),
            "remind": _("A first reminder so long before that"),
        }
        return [self._length(f"light-{name}", titles[name], span) for name, span in lights_of(self.pack).items()]

    def rhythms(self) -> list[dict[str, Any]]:
        """A row for each rhythm."""
        return [
            self._length(f"rhythm-{one.key}", self.say.say("rhythm", one.key, otherwise=one.title), one.every)
            for one in self.pack.later.rhythms
        ]

    def _length(self, name: str, title: str, span: Span) -> dict[str, Any]:
        return {"name": name, "title": title, "n": str(span.n), "unit": self.unit(span.unit), "words": span_words(span)}

    def unit(self, unit: str) -> str:
        """A unit of time, without a number."""
        return {
            "working_day": _("working days"),
            "calendar_day": _("calendar days"),
            "month": _("months"),
            "working_hour": _("office hours"),
            "hour": _("hours"),
        }[unit]

    def levels(self) -> list[tuple[str, str]]:
        """The levels that have a duty list."""
        keys = dict.fromkeys(line.level for line in self.pack.catalogue.duties)
        return [(key, self.say.say("level", key)) for key in keys]

    def categories(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Second-level categories under the name of the first; the first itself stands for all without a line of their own."""
        every = self.pack.catalogue.categories
        return [
            (
                self.say.category(top.key),
                [
                    (top.key, _("all of them")),
                    *((one.key, self.say.category(one.key)) for one in every if one.parent == top.key),
                ],
            )
            for top in every
            if not top.parent
        ]

    def offices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Offices by the name of their level."""
        found: dict[str, list[tuple[str, str]]] = {}
        for office in self.pack.offices:
            kind = self.pack.unit_kind(office.kind)
            if kind is not None:
                title = self.say.say("office", office.key, otherwise=office.title).replace("{area}", "")
                found.setdefault(self.say.say("level", kind.level), []).append((office.key, title))
        return list(found.items())

    def lines(self, edits: Sequence[Edit]) -> list[dict[str, str]]:
        """Each change: what, from what, to what."""
        return [self._line(edit) for edit in edits]

    def _line(self, edit: Edit) -> dict[str, str]:
        if edit.kind == "office":
            level, category = edit.of
            lines = {(one.level, one.category): one.office for one in self.pack.catalogue.duties}
            parents = self.pack.catalogue.parents()
            was = lines.get((level, category)) or lines.get((level, parents.get(category, "")), "")
            what = f"{self.say.say('level', level)} · {self.say.category(category)}"
            return {"what": what, "was": self._office(was), "now": f"{self._office(edit.office)}（{edit.basis}）"}
        if edit.kind == "limit":
            place = next(one for one in limits(self.pack.procedures[edit.of[0]]) if one.of == edit.of)
            what, was = self.limit(place), span_words(place.span)
        else:
            rows = self.lights() if edit.kind == "light" else self.rhythms()
            row = next(one for one in rows if one["name"] == f"{edit.kind}-{edit.of[0]}")
            what, was = row["title"], row["words"]
        return {"what": what, "was": was, "now": span_words(Span(edit.n, edit.unit))}  # type: ignore[arg-type]

    def _office(self, key: str) -> str:
        return self.say.say("office", key).replace("{area}", "") if key else _("nobody")
