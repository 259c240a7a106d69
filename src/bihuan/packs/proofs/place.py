"""Proof 1 outside procedures: levels, posts, units, offices, catalogue, numbers and calendar name only what exists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from bihuan.packs.proofs.report import Report
from bihuan.packs.reading import Place
from bihuan.packs.shape import PostSpec
from bihuan.rules.scope import Duty

PARTS_OF_NUMBERS = ("yyyy", "mm", "seq", "code", "unit")
PERIODS = ("year", "month", "unit", "committee", "area")
CASE_WORDS = ("cases:", "intake:", "people:contact:", "exchange:", "reports:")
"""Duties that show what a case says: administrators and auditors have none of them."""


def prove(report: Report) -> None:
    """All names of the pack outside its procedures."""
    _head(report)
    _units(report)
    _posts(report)
    _catalogue(report)
    _numbers(report)


def _known(report: Report, place: Place, what: str, name: str, names: Iterable[str]) -> bool:
    if name in names:
        return True
    report.fault(1, place, f"there is no {what} {name!r}; there are: {', '.join(sorted(names)) or 'none'}")
    return False


def _head(report: Report) -> None:
    pack = report.pack
    if pack.covers and not pack.base:
        report.fault(1, ("pack",), "area belongs to a pack that narrows another (base): name that too, or take it out")
    try:
        ZoneInfo(pack.calendar.zone)
    except (KeyError, ValueError, OSError):
        report.fault(1, ("calendar",), f"there is no time zone {pack.calendar.zone!r}; write one such as Asia/Shanghai")
    for unit in pack.calendar.ends_on_day_off:
        _known(report, ("calendar",), "kind of day", unit, ("calendar_day", "month"))
    if not pack.procedures:
        report.fault(1, ("pack",), "a pack has at least one procedure in procedures/")


def _units(report: Report) -> None:
    pack = report.pack
    levels = [level.key for level in pack.levels]
    kinds = [kind.key for kind in pack.unit_kinds]
    offices = [office.key for office in pack.offices]
    digits = [level.digits for level in pack.levels]
    if digits != sorted(set(digits)):
        report.fault(1, ("level",), "levels stand from the top down, each with longer codes than the one above")
    for level in pack.levels:
        if level.centre and _known(report, ("level", level.key), "unit kind", level.centre, kinds):
            kind = pack.unit_kind(level.centre)
            if kind is not None and kind.level != level.key:
                report.fault(1, ("level", level.key), f"its centre {level.centre!r} stands at the level {kind.level!r}")
    for kind in pack.unit_kinds:
        place = ("unit_kind", kind.key)
        _known(report, place, "level", kind.level, levels)
        if kind.superior:
            _known(report, place, "unit kind", kind.superior, kinds)
        above, seen = kind.superior, {kind.key}
        while above and above not in seen:
            seen.add(above)
            found = pack.unit_kind(above)
            above = found.superior if found else ""
        if above:
            report.fault(1, place, f"superiors go round: {' -> '.join([*seen, above])}")
    for office in pack.offices:
        place = ("office", office.key)
        _known(report, place, "unit kind", office.kind, kinds)
        if office.per:
            _known(report, place, "level", office.per, levels)
        if office.superior:
            _known(report, place, "office", office.superior, offices)


def _posts(report: Report) -> None:
    pack = report.pack
    posts, kinds = [post.key for post in pack.posts], [kind.key for kind in pack.unit_kinds]
    for post in pack.posts:
        place = ("post", post.key)
        for kind in post.unit_kinds:
            _known(report, place, "unit kind", kind, kinds)
        for duty in post.duties:
            _known(report, place, "duty", duty, [str(each) for each in Duty])
        for other in post.apart_from:
            _known(report, place, "post", other, posts)
        if post.key in ("holder", "resident", "system", "nobody"):
            report.fault(1, place, f"{post.key!r} is a word of the language: give the post another key")
        _separate(report, post)


def _separate(report: Report, post: PostSpec) -> None:
    shown = [duty for duty in post.duties if duty.startswith(CASE_WORDS)]
    if post.administers and shown:
        report.fault(1, ("post", post.key), f"who administers sees no case: take {shown} away")


def _catalogue(report: Report) -> None:
    pack, catalogue = report.pack, report.pack.catalogue
    categories = [category.key for category in catalogue.categories]
    levels, offices = [level.key for level in pack.levels], {office.key: office for office in pack.offices}
    for line in catalogue.duties:
        place = ("duty", line.level, line.category)
        _known(report, place, "category", line.category, categories)
        _known(report, place, "level", line.level, levels)
        if _known(report, place, "office", line.office, offices):
            kind = pack.unit_kind(offices[line.office].kind)
            if kind is not None and not kind.assignable:
                report.fault(1, place, f"{line.office!r} is a {kind.key}, which is assigned nothing (assignable = false)")
    if catalogue.duties:
        answered = {line.category for line in catalogue.duties}
        for category in catalogue.leaves():
            if not {category.key, category.parent} & answered:
                report.fault(1, ("category", category.key), "no office of the duty list answers for this category")
    posts = [post.key for post in pack.posts]
    for grade in catalogue.grades:
        if grade.handler.post:
            _known(report, ("grade", grade.key), "post", grade.handler.post, posts)


def _numbers(report: Report) -> None:
    for number in report.pack.numbers.values():
        place = ("numbers", number.key)
        parts = [found.split(":")[0] for found in re.findall(r"{([^{}]*)}", number.format)]
        for part in parts:
            _known(report, place, "part of a number", part, PARTS_OF_NUMBERS)
        if "seq" not in parts:
            report.fault(1, place, "a number without {seq} would be drawn twice")
        for per in number.per:
            _known(report, place, "period", per, PERIODS)
        if "year" in number.per and "yyyy" not in parts:
            report.fault(1, place, "the sequence starts anew each year, so the number must show {yyyy}")
