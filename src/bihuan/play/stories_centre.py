"""The county's centre beside its matters: circulars and instructions; at the end an import undone and grids merged."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from bihuan.access.actors import Actor, may
from bihuan.boundaries import services as boundaries
from bihuan.boundaries.services import CannotRedraw
from bihuan.cases import selectors as cases
from bihuan.cases.errors import CaseError
from bihuan.cases.services import perform_many
from bihuan.cases.shapes import CaseFilter, Command
from bihuan.exchange.importer import read_file, take_in
from bihuan.intake import batches
from bihuan.packs import Pack
from bihuan.places import selectors as places
from bihuan.play.cast import Seats
from bihuan.rules.calendar import Calendar
from bihuan.rules.routing import Directory
from bihuan.rules.scope import Duty
from bihuan.supervision import circulars

SAID = "请承办单位主要负责人过问，本周内拿出解决办法，并向中心报告。"
REPORTED = "已由主要负责人牵头研究，人员和材料已到位，办理情况按日跟进。"
LEFT_OPEN = 3
"""Working days before the end in which no instruction is reported on, and the last circular stays a draft."""
TWICE = (
    "主题,内容,时间\n"
    "路灯不亮,主干道路灯连着三盏不亮，晚上走路看不清,{day} 09:10\n"
    "井盖松动,菜市场门口的井盖松动，电动车经过很响,{day} 09:20\n"
    "垃圾没清,小区门口垃圾堆了三天没有清运,{day} 09:30\n"
)
UNDONE = 3
"""How many cases the import brings that is undone."""
WHY_UNDONE = "同一张表导入了两次"


def centre_day(pack: Pack, seats: Seats, directory: Directory, calendar: Calendar, now: datetime, ends: datetime) -> Counter[str]:
    """One opening of a working day for the head of the county's centre; how much was done.

    On the first working day of a month last month's circular is signed, on Wednesdays an instruction is given; offices report
    on instructions a day before they must. In the last days nothing is reported any more and a circular stays a draft.
    """
    done: Counter[str] = Counter()
    head = _head(seats, directory, pack)
    if head is None:
        return done
    today = calendar.local(now).date()
    last = calendar.working_day_before(calendar.local(ends).date(), LEFT_OPEN)
    if "circular" in pack.numbers and (
        today == last or today == calendar.working_day_after(today.replace(day=1) - timedelta(days=1))
    ):
        done["circular"] += _circular(head, calendar, now, signed=today != last)
    if today.weekday() == 2:
        done["instructed"] += _instructed(head, calendar, now)
    if today < last:
        done["instruction_reported"] += _reported(head, seats, calendar, now)
    return done


def _head(seats: Seats, directory: Directory, pack: Pack) -> Actor | None:
    """Who signs at the top centre; None where nobody does."""
    centre = directory.centre_at(pack.levels[0].key, pack.area.code)
    for post in pack.posts:
        if centre and Duty.LETTER_SIGN.value in post.duties:
            try:
                return seats.actor(centre, post.key)
            except LookupError:
                continue
    return None


def _circular(head: Actor, calendar: Calendar, now: datetime, *, signed: bool) -> int:
    until = calendar.local(now).date() if not signed else calendar.local(now).date().replace(day=1) - timedelta(days=1)
    try:
        number = circulars.draft(head, until.replace(day=1), until)
        if signed:
            circulars.sign(head, number, opening="", seen=1)
    except CaseError:
        return 0
    return 1


def _instructed(head: Actor, calendar: Calendar, now: datetime) -> int:
    late = cases.case_list(head, CaseFilter(light="over", is_open=True), limit=1).lines
    by = calendar.working_day_after(calendar.local(now).date(), 3).isoformat()
    commands = [
        Command(
            actor=head, case_id=line.case_id, action="instruct", facts={"words": SAID, "answer_by": by},
            request_id=f"play:instruct:{line.case_id}",
        )
        for line in late
    ]  # fmt: skip
    return sum(verdict.done is not None for verdict in perform_many(commands)) if commands else 0


def _reported(head: Actor, seats: Seats, calendar: Calendar, now: datetime) -> int:
    tomorrow = calendar.working_day_after(calendar.local(now).date(), 1)
    commands: list[Command] = []
    for line in cases.beside(head, "instruction"):
        holder = cases.holder(line.case_id, line.thread)
        if line.due_at is None or calendar.local(line.due_at).date() > tomorrow or not holder.post:
            continue
        try:
            actor = seats.actor(holder.unit, holder.post)
        except LookupError:
            continue
        commands.append(
            Command(
                actor=actor, case_id=line.case_id, action="report_instruction", facts={"answer": REPORTED}, thread=line.thread,
                request_id=f"play:report:{line.case_id}",
            )
        )  # fmt: skip
    return sum(verdict.done is not None for verdict in perform_many(commands)) if commands else 0


def undone_and_redrawn(pack: Pack, seats: Seats, directory: Directory, calendar: Calendar, ends: datetime) -> Counter[str]:
    """The last morning: a table was taken in twice and is undone; two grids of a far village become one."""
    done: Counter[str] = Counter()
    centre = directory.centre_at(pack.levels[0].key, pack.area.code)
    actors = {duty: _seat(pack, seats, centre, duty) for duty in (Duty.IMPORT_RUN, Duty.AREA_MANAGE)}
    clerk, admin = actors[Duty.IMPORT_RUN], actors[Duty.AREA_MANAGE]
    if clerk is not None:
        done["import_undone"] += _undone(pack, clerk, calendar, ends)
    if admin is not None:
        done["redrawn"] += _redrawn(pack, admin)
    return done


def _seat(pack: Pack, seats: Seats, unit: int, duty: Duty) -> Actor | None:
    """Somebody of the unit with that duty; None where nobody has it."""
    for post in pack.posts if unit else ():
        if duty.value in post.duties:
            try:
                actor = seats.actor(unit, post.key)
            except LookupError:
                continue
            if may(actor, duty):
                return actor
    return None


def _undone(pack: Pack, clerk: Actor, calendar: Calendar, ends: datetime) -> int:
    day = calendar.working_day_before(calendar.local(ends).date(), 1).isoformat()
    content = TWICE.format(day=day).encode()
    kind = next(iter(one.key for one in pack.catalogue.kinds))
    reading = read_file(content, pack, kind=kind)
    ready = reading.messages.ready
    number = batches.begin(actor=clerk, file_name="留言（重复）.csv", content=content, rows=len(ready), refused=0, is_demo=True)
    take_in(ready, actor=clerk, pack=pack, defaults=reading.defaults, is_demo=True, batch=number)
    batches.finish(number, already=0, refused=0)
    return batches.undo(actor=clerk, number=number, reason=WHY_UNDONE).undone


def _redrawn(pack: Pack, admin: Actor) -> int:
    """Two grids of the last village that has three or more."""
    if len(pack.levels) < 2:
        return 0
    for village in reversed(places.of_level(pack.levels[-2].key)):
        grids = [fact.code for fact in places.children(village.code) if fact.valid_to is None]
        if len(grids) > 2:
            try:
                boundaries.merge(actor=admin, pack=pack, codes=grids[-2:], name=f"第{len(grids) - 1}网格（合并）")
            except CannotRedraw:
                return 0
            return 1
    return 0
