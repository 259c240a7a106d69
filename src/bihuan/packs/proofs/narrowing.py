"""That an overlay (``base``) narrows its county's pack and loosens nothing: the closed list of permitted edits, proved on
the checked objects of both, however the overlay is written.

Permitted: a shorter limit of an office, a condition, a question or an approval more on an act of staff, an earlier amber,
other names, further categories under existing ones, an act left out that is ``optional``. What belongs to the resident (acts,
windows, routes) is never touched.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from bihuan.packs.approvals import moving
from bihuan.packs.areas import Division
from bihuan.packs.later import Rhythm
from bihuan.packs.lengths import LIGHTS
from bihuan.packs.proofs.report import Report
from bihuan.packs.reading import Place
from bihuan.packs.shape import Catalogue, Lights, Pack
from bihuan.packs.spans import no_later, no_shorter
from bihuan.packs.tightening import may_tighten
from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.rules.procedure.shape import Action, Need, Procedure, State, ThreadSpec
from bihuan.rules.terms import Span

NARROWING = 13
NAMES = frozenset({"title"})
OWN = frozenset({"name", "title", "version", "published", "base", "base_digest", "covers", "sources", "wording", "digest"})


def prove(report: Report, base: Pack, areas: Sequence[Division]) -> None:
    """Every difference that is not on the list of permitted edits is a finding."""
    _Comparison(report, base).prove(areas)


class _Comparison:
    """The county's pack and the overlay, side by side."""

    def __init__(self, report: Report, base: Pack) -> None:
        self.report, self.base, self.over = report, base, report.pack
        self.more = {one.key for one in self.over.catalogue.categories} - {one.key for one in base.catalogue.categories}

    def fault(self, place: Place, message: str) -> None:
        self.report.fault(NARROWING, place, message)

    def prove(self, areas: Sequence[Division]) -> None:
        known = [area.code for area in areas if area.parent]
        if self.over.covers not in known:
            self.fault(
                ("pack",), "area is the code of the area whose matters begin under this pack, below the top of the county's tree"
            )
        self.same(("pack",), self.base, self.over, OWN | {"lights", "catalogue", "procedures", "later"})
        self.words()
        self.lights(self.base.lights, self.over.lights)
        self.catalogue(self.base.catalogue, self.over.catalogue)
        self.duties()
        self.later()
        for place, key in self.keys((), "procedure", self.base.procedures, self.over.procedures):
            if place:
                self.procedure(self.base.procedures[key], self.over.procedures[key])

    # -- what every comparison does -----------------------------------------------------------------------------------

    def same(self, place: Place, was: Any, now: Any, free: Collection[str]) -> None:
        """Every field that is not free must be the same."""
        for spec in dataclasses.fields(was):
            if spec.name in free or getattr(was, spec.name) == getattr(now, spec.name):
                continue
            self.fault(
                place, f"{spec.name.rstrip('_')} is changed; an overlay may not change it: leave it as in {self.over.base}"
            )

    def keys(
        self, place: Place, what: str, was: Mapping[str, Any], now: Mapping[str, Any], extra: Collection[str] = ()
    ) -> Iterator[tuple[Place, str]]:
        """Things by key that stand in both; what is gone or has come is a finding."""
        for key in was:
            if key in now:
                yield (*place, what, key), key
            else:
                self.fault((*place, what, key), f"the {what} {key!r} of {self.over.base} is left out: an overlay keeps it")
        for key in now:
            if key not in was and key not in extra:
                self.fault((*place, what, key), f"the {what} {key!r} is new: an overlay adds none")

    # -- the place ----------------------------------------------------------------------------------------------------

    def words(self) -> None:
        for language, words in self.base.wording.items():
            now = self.over.wording.get(language, {})
            for key, text in words.items():
                if key.startswith(("route.", "track.")) and now.get(key) != text:
                    self.fault(
                        ("wording", language, key), "what tells the resident where a matter stands or may go is not reworded"
                    )

    def lights(self, was: Lights, now: Lights) -> None:
        for name in LIGHTS:
            before, after = getattr(was, name), getattr(now, name)
            if before != after and (after is None or (before is not None and not no_shorter(after, before))):
                self.fault(("lights",), f"{name} may only be raised: the light turns near no later than in {self.over.base}")

    def catalogue(self, was: Catalogue, now: Catalogue) -> None:
        self.same(("catalogue",), was, now, {"categories", "duties", "suggests"})
        before, after = {one.key: one for one in was.categories}, {one.key: one for one in now.categories}
        for place, key in self.keys((), "category", before, after, self.more):
            self.same(place, before[key], after[key], NAMES)
        leaves = {one.key for one in was.leaves()}
        for key in sorted(self.more):
            parent = after[key].parent
            if parent not in before or parent in leaves:
                self.fault(("category", key), "a further category stands under one of the county's that has some already")
        kept = [one for one in now.duties if one.category not in self.more]
        if kept != list(was.duties):
            self.fault(("duty",), "the duty list of the county stays as it is; lines may be added for further categories")
        if [one for one in now.suggests if one.category not in self.more] != list(was.suggests):
            self.fault(("suggest",), "what words suggest stays as it is; add lines for further categories only")

    def duties(self) -> None:
        """A line for a further category speaks of offices of the area that the overlay covers, never of one above it."""
        levels = [one.key for one in self.base.levels]
        covered = next((n for n, one in enumerate(self.base.levels) if one.digits == len(self.over.covers)), len(levels))
        below = frozenset(levels[covered:])
        for line in self.over.catalogue.duties:
            office = self.over.office(line.office)
            kind = self.over.unit_kind(office.kind) if office else None
            if line.category in self.more and not {line.level, kind.level if kind else line.level} <= below:
                self.fault(
                    ("duty", line.level, line.category),
                    "who answers for a further category is an office of the area that the overlay covers, or below it",
                )

    def later(self) -> None:
        was, now = self.base.later, self.over.later
        self.same(("pack",), was, now, {"rhythms", "stories"})
        before, after = {one.key: one for one in was.rhythms}, {one.key: one for one in now.rhythms}
        for place, key in self.keys((), "rhythm", before, after):
            self.rhythm(place, before[key], after[key])

    def rhythm(self, place: Place, was: Rhythm, now: Rhythm) -> None:
        self.same(place, was, now, NAMES | {"every", "in_special_period"})
        for name in ("every", "in_special_period"):
            before, after = getattr(was, name), getattr(now, name)
            if before != after and (after is None or before is None or not no_later(after, before)):
                self.fault(place, f"{name} may only be shortened, in the same unit")

    # -- procedures ---------------------------------------------------------------------------------------------------

    def procedure(self, was: Procedure, now: Procedure) -> None:
        self.same((was.key, "procedure"), was, now, NAMES | {"states", "actions", "threads", "clocks"})
        moves = moving(was)
        self.part((was.key,), was, now, moves)
        asked = {f"ask_{act.key}" for act in now.actions if act.approve}
        asked |= {f"ask_{act.key}" for thread in now.threads for act in thread.actions if act.approve}
        before, after = {one.key: one for one in was.threads}, {one.key: one for one in now.threads}
        gone = {f"ask_{key}" for key in self.left_out(was, now)}
        kept = {key: one for key, one in before.items() if key not in gone}
        for place, key in self.keys((was.key,), "thread", kept, after, asked):
            self.same(place, before[key], after[key], NAMES | {"states", "actions", "clocks"})
            self.part((was.key, "thread", key), before[key], after[key], moves)

    def left_out(self, was: Procedure | ThreadSpec, now: Procedure | ThreadSpec) -> set[str]:
        """The optional acts of staff that the overlay leaves out."""
        return {act.key for act in was.actions if act.optional and may_tighten(act)} - {act.key for act in now.actions}

    def part(self, place: Place, was: Procedure | ThreadSpec, now: Procedure | ThreadSpec, moves: Collection[str]) -> None:
        """The main thread, or one beside it; ``moves``: the clocks whose end moves something on."""
        states: dict[str, State] = {one.key: one for one in now.states}
        for at, key in self.keys(place, "state", {one.key: one for one in was.states}, states):
            self.same(at, next(one for one in was.states if one.key == key), states[key], NAMES)
        acts = {one.key: one for one in now.actions}
        gone = self.left_out(was, now)
        for at, key in self.keys(place, "action", {one.key: one for one in was.actions if one.key not in gone}, acts):
            self.action(at, next(one for one in was.actions if one.key == key), acts[key])
        clocks = {one.key: one for one in now.clocks}
        for at, key in self.keys(place, "clock", {one.key: one for one in was.clocks}, clocks):
            before = next(one for one in was.clocks if one.key == key)
            self.clock(at, before, clocks[key], moves=key in moves)

    def action(self, place: Place, was: Action, now: Action) -> None:
        self.same(place, was, now, NAMES | {"needs", "guards", "approve"})
        ours = not may_tighten(was) or not may_tighten(now)
        why = "an act of the resident, of the system or on two matters at once stays as it is"
        more = [name for name in now.needs if name not in was.needs]
        for name, need in was.needs.items():
            if name in now.needs:
                self.need((*place, "needs", name), need, now.needs[name], fixed=ours)
            else:
                self.fault(place, f"the question {name!r} is left out: an overlay may ask for more, never for less")
        before, after = [_unsaid(one) for one in was.guards], [_unsaid(one) for one in now.guards]
        if after[: len(before)] != before:
            self.fault(place, "a condition of the county is changed or left out: an overlay adds conditions behind them")
        if ours and (more or len(after) > len(before) or was.approve != now.approve):
            self.fault(place, f"something is added here: {why}")
        if was.approve is not None and now.approve is None:
            self.fault(place, "the approval is left out: an overlay may ask for one, never drop one")
        elif was.approve is not None and now.approve is not None:
            self.same(place, was.approve, now.approve, {"within"})
            if was.approve.silence == "granted" and was.approve.within != now.approve.within:
                self.fault(place, "silence agrees here: the time for the approval stays as it is")
            elif not _shortened(was.approve.within, now.approve.within):
                self.fault(place, "the time for the approval may only be shortened, in the same unit")

    def need(self, place: Place, was: Need, now: Need, *, fixed: bool) -> None:
        """One question; ``fixed``: of an act whose dates stay as they are."""
        self.same(place, was, now, NAMES | {"of", "latest"})
        if [one for one in now.of if one not in self.more] != list(was.of):
            self.fault(place, "the choices of the county stay as they are, but for further categories")
        if was.latest != now.latest and fixed:
            self.fault(place, "the latest date of an act of the resident, of the system or on two matters stays as it is")
        elif not _shortened(was.latest, now.latest):
            self.fault(place, "the latest date may only come nearer, in the same unit")

    def clock(self, place: Place, was: ClockSpec, now: ClockSpec, *, moves: bool) -> None:
        self.same(place, was, now, NAMES | {"limits", "amber", "every"})
        if len(was.limits) != len(now.limits):
            self.fault(place, "the limits of a clock are as many as in the county, in the same order")
            return
        fixed = was.charges in ("nobody", "resident") or moves
        for before, after in zip(was.limits, now.limits, strict=True):
            self.limit(place, before, after, fixed=fixed)
        if was.every != now.every and (fixed or not _shortened(was.every, now.every)):
            self.fault(place, "every may only be shortened, in the same unit")

    def limit(self, place: Place, was: Limit, now: Limit, *, fixed: bool) -> None:
        self.same(place, was, now, {"span", "amber", "remind"})
        if was.span != now.span:
            if fixed:
                self.fault(place, "this limit is a window of the resident's, or ends by moving the matter on: it stays as it is")
            elif not _shortened(was.span, now.span):
                self.fault(place, f"a limit may only be shortened, in the same unit: {_said(was.span)} → {_said(now.span)}")
        if was.amber and now.amber and was.amber != now.amber and not no_shorter(now.amber, was.amber):
            follows = (was.amber, now.amber) == (self.base.lights.amber_for(was.span), self.over.lights.amber_for(now.span))
            if not (follows and was.span != now.span):
                self.fault(place, f"the light may only turn near earlier: {_said(was.amber)} → {_said(now.amber)}")


def _shortened(was: Span | None, now: Span | None) -> bool:
    return was == now or (was is not None and now is not None and no_later(now, was))


def _unsaid(guard: Any) -> Any:
    return dataclasses.replace(guard, say="")


def _said(span: Span | None) -> str:
    return f"{span.n} {span.unit}" if span else "none"
