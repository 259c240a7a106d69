"""What a township's rules tighten of its county's, what may be tightened at all, and why an edit is refused, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from bihuan.desk.admin.edit_words import EditWords
from bihuan.desk.admin.rule_words import span_words
from bihuan.packs.edits import limits
from bihuan.packs.lengths import lights_of
from bihuan.packs.shape import Pack
from bihuan.packs.tightening import Kind, TighteningRefused, bound, droppable, latest_of, may_tighten
from bihuan.packs.trial.overlaid import Failed, Rehearsed
from bihuan.rules.procedure.shape import Action
from bihuan.rules.scope import Duty
from bihuan.web.speech import Speech

Line = dict[str, str]
Rows = list[dict[str, Any]]
Options = list[tuple[str, list[tuple[str, str]]]]


def why_refused(refused: TighteningRefused) -> str:
    """Why an edit is not made."""
    return {
        "looser": _("That would loosen the county's rule: a township may only set less time, warn earlier, come more often."),
        "length": _("Give a whole number from 1 to 999."),
        "bound": _("This time is the resident's, or moves the matter on when it ends: it stays as in the county."),
        "outsider": _(
            "What residents or the system do, what opens a matter, and what is done on two matters stays as in the county."
        ),
        "words": _("Write it in at least two characters, and not too long."),
        "signs": _("This text holds characters that cannot be kept; please type it again."),
        "post": _("Choose a post that handles matters."),
        "office": _("Choose an office of this level that can be given matters."),
        "basis": _("Say by what text that office answers for it."),
        "parent": _("A further category stands under one of the county's that has some already."),
        "kept": _("The county keeps this: it can't be left out or replaced."),
        "nothing": _("Nothing is tightened by this."),
    }.get(refused.code, _("The county's rules have nothing of that name."))


class Tightenable:
    """What one procedure of the county's rules lets a township tighten, as fields and choices."""

    def __init__(self, say: Speech, county: Pack, key: str) -> None:
        """``say`` speaks of what is in force in the township."""
        self.say, self.pack, self.county = say, say.pack, county
        self.procedure, self.below = self.pack.procedures[key], county.procedures[key]
        self.words = EditWords(say)

    def lengths(self) -> dict[Kind, Rows]:
        """Every length of time, by what is edited."""
        return {"limit": self.limits(), "light": self.lights(), "latest": self.latest(), "rhythm": self.rhythms()}

    def limits(self) -> Rows:
        """The offices' limits: now, and in the county where that is another."""
        below = {place.of: span_words(place.span) for place in limits(self.below)}
        rows = self.words.limits(self.procedure, lambda place: not bound(self.procedure, place))
        return [{**row, "county": below.get(row["of"], "")} for row in rows]

    def lights(self) -> Rows:
        """The warnings, in their own units."""
        spans = lights_of(self.county)
        rows = zip(self.words.lights(), lights_of(self.pack).items(), strict=True)
        return [
            {**row, "of": (name,), "in": span.unit, "county": span_words(spans[name]) if name in spans else ""}
            for row, (name, span) in rows
        ]

    def rhythms(self) -> Rows:
        """The rhythms, in their own units."""
        spans = {one.key: one.every for one in self.county.later.rhythms}
        rows = zip(self.words.rhythms(), self.pack.later.rhythms, strict=True)
        return [
            {**row, "of": (one.key,), "in": one.every.unit, "county": span_words(spans[one.key]) if one.key in spans else ""}
            for row, one in rows
        ]

    def latest(self) -> Rows:
        """The latest dates that questions allow."""
        spans = {(act.key, name): need.latest for act, name, need in latest_of(self.below)}
        rows = []
        for n, (act, name, need) in enumerate(latest_of(self.procedure)):
            if need.latest is None:
                continue
            was = spans.get((act.key, name))
            rows.append({
                "name": f"latest-{n}", "of": (self.procedure.key, act.key, name), "n": str(need.latest.n), "in": need.latest.unit,
                "unit": self.words.unit(need.latest.unit), "words": span_words(need.latest),
                "title": _("%(act)s: %(question)s") % {
                    "act": self._act(act), "question": self.say.need(self.procedure.key, act.key, name, need.title),
                },
                "county": span_words(was) if was else "",
            })  # fmt: skip
        return rows

    def acts(self) -> list[tuple[str, str]]:
        """The acts of staff to which questions and conditions may be added."""
        return [(one.key, self._act(one)) for one in self.procedure.actions if may_tighten(one)]

    def every_act(self) -> list[tuple[str, str]]:
        """The acts on which a condition may look."""
        return [(one.key, self._act(one)) for one in self.procedure.actions]

    def approvable(self) -> list[tuple[str, str]]:
        """The acts that may be made to wait for somebody's approval."""
        acts = (one for one in self.procedure.actions if may_tighten(one) and one.approve is None)
        return [(one.key, self._act(one)) for one in acts if one.key != self.procedure.start_action]

    def posts(self) -> list[tuple[str, str]]:
        """Who may approve."""
        return [
            (one.key, self.say.post(one.key, one.title))
            for one in self.pack.posts
            if not one.administers and Duty.CASE_ACT in one.duties
        ]

    def parents(self) -> list[tuple[str, str]]:
        """The categories under which further ones may stand."""
        parents = {one.parent for one in self.county.catalogue.categories if one.parent}
        return [(one.key, self.say.category(one.key)) for one in self.county.catalogue.categories if one.key in parents]

    def offices(self, level: str) -> list[tuple[str, str]]:
        """The offices of the area's level that can be given matters."""
        kinds = {one.key for one in self.pack.unit_kinds if one.assignable and one.level == level}
        return [
            (one.key, self.say.say("office", one.key, otherwise=one.title).replace("{area}", ""))
            for one in self.pack.offices
            if one.kind in kinds
        ]

    def droppable(self) -> list[tuple[str, str]]:
        """The acts that the county lets a place leave out."""
        return [(one.key, self._act(one)) for one in droppable(self.procedure)]

    def named(self) -> Options:
        """What may have another name here."""
        key = self.procedure.key
        return [
            (_("Stages"), [(f"state|{key}|{one.key}", self.say.state(key, one.key)) for one in self.procedure.states]),
            (_("Acts"), [(f"action|{key}|{one.key}", self._act(one)) for one in self.procedure.actions]),
            (
                _("Time limits"),
                [(f"clock|{key}|{one.key}", self.say.clock(key, one.key, one.title)) for one in self.procedure.clocks],
            ),
            (_("Categories"), [(f"category|{one.key}", self.say.category(one.key)) for one in self.pack.catalogue.categories]),
        ]

    def _act(self, act: Action) -> str:
        return self.say.action(self.procedure.key, act.key, act.title)


def story_lines(found: Rehearsed, pack: Pack, say: Speech) -> list[Line]:
    """Each story that does not go on the overlay, with the step at which it goes otherwise."""
    return [{"title": one.story.title, "why": _step(one, pack, say)} for one in found.failed]


def _step(failed: Failed, pack: Pack, say: Speech) -> str:
    first = failed.first
    if first.place[:1] != ("act",):
        return _("it does not end as told")
    n = int(first.place[1])
    kind, _dot, key = failed.story.acts[n - 1].does.rpartition(".")
    part = failed.story.procedure
    act = pack.say(f"action.{part}.{kind}.{key}" if kind else f"action.{part}.{key}", say.language)
    said = {"n": n, "act": act}
    if first.refusal:
        return _("step %(n)s, “%(act)s”, is refused: %(say)s") % {**said, "say": first.refusal}
    return _("step %(n)s, “%(act)s”, goes otherwise than told") % said
