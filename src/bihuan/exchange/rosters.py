"""A duty roster (值班表) out of a spreadsheet: one row a turn, by day, times and name; the same list again adds nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.exchange.cells import TIME, as_moment
from bihuan.exchange.faults import CellRefused
from bihuan.exchange.lists import ListField, ListRow, Planned, header_of, read_list, refused_cell
from bihuan.people import staff
from bihuan.people.errors import PeopleError
from bihuan.people.services import ShiftRow, add_shifts

FIELDS = (
    ListField(key="day", words=("日期", "值班日期", "date", "day"), example="2026-10-12", needed=True),
    ListField(key="start", words=("开始时间", "开始", "上班时间", "start", "from"), example="17:30"),
    ListField(key="end", words=("结束时间", "结束", "下班时间", "end", "to"), example="09:00"),
    ListField(key="name", words=("姓名", "值班人", "值班人员", "name"), example="张伟", needed=True),
    ListField(key="staff_no", words=("工号", "用户名", "staff number", "user name"), example=""),
    ListField(key="leads", words=("带班", "带班领导", "leads"), example="是"),
)
NEW, KNOWN = "new", "known"
YES = frozenset({"是", "带班", "yes", "y", "1", "true", "√"})
FAR = datetime(2099, 1, 1, tzinfo=UTC)
WHOLE_DAY = (time(8), time(8))
"""What a row without times means: from eight to eight the next morning."""


def plan(content: bytes, *, unit: int, zone: ZoneInfo, today: date, actor: Actor) -> Planned:
    """What would become of each row; nothing is written. Raises FileRefused."""
    with transaction.atomic():
        planned = take_in(content, unit=unit, zone=zone, today=today, actor=actor)
        transaction.set_rollback(True)
    return planned


def take_in(content: bytes, *, unit: int, zone: ZoneInfo, today: date, actor: Actor) -> Planned:
    """Enter the turns of every row that has nothing wrong into the unit's roster. Raises FileRefused."""
    listed = read_list(content, FIELDS)
    planned = Planned(listed)
    people = _people(unit, today)
    with transaction.atomic():
        for row in listed.rows:
            _row(row, planned, people, unit=unit, zone=zone, actor=actor)
    return planned


def _people(unit: int, today: date) -> dict[str, set[int]]:
    """Who may stand in the roster: the people of the unit, by name and by the names that open their accounts."""
    found: dict[str, set[int]] = {}
    inside = {post.account: post.account_name for post in staff.colleagues(unit, today) if post.unit == unit}
    for account, name in inside.items():
        found.setdefault(name, set()).add(account)
    for name, known in staff.known_people(today).items():
        if known.id in inside:
            found.setdefault(name, set()).add(known.id)
    return found


def _row(row: ListRow, planned: Planned, people: Mapping[str, set[int]], *, unit: int, zone: ZoneInfo, actor: Actor) -> None:
    fault = refused_cell(row, FIELDS)
    if fault is not None:
        planned.faults.append(fault)
        return
    who = people.get(row.text("staff_no").lower() or row.text("name"), set())
    if len(who) != 1:
        say = _("Several people are called that; write the staff number.") if who else _("Nobody of this unit is called that.")
        planned.refuse(row.line, say, header_of(FIELDS, "name"))
        return
    try:
        starts, ends = _times(row, zone)
    except CellRefused as refused:
        planned.refuse(row.line, refused.say, header_of(FIELDS, "day"))
        return
    leads = row.text("leads").strip().lower() in YES
    turn = ShiftRow(account=next(iter(who)), starts_at=starts, ends_at=ends, leads=leads)
    try:
        with transaction.atomic():
            added, _already = add_shifts(unit, [turn], by=actor.doer())
    except PeopleError as error:
        planned.refuse(row.line, str(error))
        return
    words = f"{row.text('name')} · {starts:%Y-%m-%d %H:%M} – {ends:%m-%d %H:%M}"
    planned.take(row.line, words, NEW if added else KNOWN)


def _times(row: ListRow, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the turn begins and ends; an end not after its beginning is the next day's. Raises CellRefused."""
    moment = as_moment(row.cells.get("day"), zone, now=FAR)
    if moment is None:
        raise CellRefused(_("A day is needed."))
    day = moment.at.astimezone(zone).date()
    begins, over = _clock(row, "start", WHOLE_DAY[0]), _clock(row, "end", WHOLE_DAY[1])
    starts, ends = datetime.combine(day, begins, zone), datetime.combine(day, over, zone)
    return starts, ends if ends > starts else datetime.combine(day + timedelta(days=1), over, zone)


def _clock(row: ListRow, key: str, otherwise: time) -> time:
    """A time of day, as a cell of that kind or as text ("17:30"). Raises CellRefused."""
    cell = row.cells.get(key)
    if isinstance(cell, time):
        return cell
    if isinstance(cell, datetime):
        return cell.time()
    words = row.text(key)
    if not words:
        return otherwise
    match = TIME.match(words)
    if not match:
        raise CellRefused(_("“%(text)s” is not a time of day such as 17:30.") % {"text": words[:40]})
    hour, minute = int(match["h"]), int(match["min"] or 0)
    try:
        return time(0 if hour == 24 else hour, minute)
    except ValueError as error:
        raise CellRefused(_("There is no such time of day: “%(text)s”.") % {"text": words[:40]}) from error
