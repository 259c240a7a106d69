"""People at work in the demonstration: a second post, a leader on leave with a deputy, a fortnight of the duty roster."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bihuan.packs import Pack
from bihuan.people import selectors as people
from bihuan.people.services import PostRow, ShiftRow, add_shifts, enter_leave, give_post, name_second, posts_apart
from bihuan.people.staff import unit_key
from bihuan.rules.routing import UnitFact

AWAY_DAYS, NIGHTS = 3, 14
EVENING, MORNING = time(17, 30), time(9)
DEPUTY, AWAY = "liaison", "office_leader"
CLERK, ALSO = "village_clerk", "information_officer"
ROSTER = ("centre_head", "dispatcher", "window_clerk", "checker")


def people_at_work(pack: Pack, ends: datetime) -> None:
    """Let the last day of the play find people as any day does: away, standing in, in two posts, on duty tonight."""
    zone = ZoneInfo(pack.calendar.zone)
    today = ends.astimezone(zone).date()
    _two_posts(pack, today)
    _leave(pack, today)
    _roster(pack, today, zone)


def _two_posts(pack: Pack, today: date) -> None:
    """The village's clerk keeps the register of a grid too, so the switch stands on every page."""
    clerk = people.post_named(CLERK, CLERK)
    below = [fact for kind in pack.unit_kinds for fact in people.directory().all_of(kind.key) if _is_grid_of(pack, fact, clerk)]
    if clerk is not None and below:
        row = PostRow(username=CLERK, unit_key=unit_key(below[0].id), key=ALSO)
        give_post(row, valid_from=today, apart=posts_apart(pack))


def _is_grid_of(pack: Pack, fact: UnitFact, clerk: people.PostFact | None) -> bool:
    spec = pack.post(ALSO)
    return clerk is not None and spec is not None and fact.kind in spec.unit_kinds and fact.area_code.startswith(clerk.area_code)


def _leave(pack: Pack, today: date) -> None:
    """The office's leader is away for three days; the liaison, the usual deputy, stands in."""
    leader, deputy = people.post_named(AWAY, AWAY), people.post_named(DEPUTY, DEPUTY)
    if leader is None or deputy is None:
        return
    name_second(leader.id, deputy.account)
    enter_leave(
        leader.account,
        first_day=today,
        last_day=today + timedelta(days=AWAY_DAYS - 1),
        deputies={leader.id: deputy.account},
        today=today,
        apart=posts_apart(pack),
    )


def _roster(pack: Pack, today: date, zone: ZoneInfo) -> None:
    """The county's centre: every night one leads and one answers the phone, in turn."""
    top = pack.levels[0].centre
    centre = next((fact.id for fact in people.directory().all_of(top)), 0)
    accounts = [holder.account for key in ROSTER for holder in people.holders_of(centre, key, today)[:1]]
    if len(accounts) < len(ROSTER):
        return
    turns = []
    for night in range(NIGHTS):
        starts = datetime.combine(today + timedelta(days=night), EVENING, zone)
        over = datetime.combine(starts.date() + timedelta(days=1), MORNING, zone)
        turns.append(ShiftRow(account=accounts[night % 2], starts_at=starts, ends_at=over, leads=True))
        turns.append(ShiftRow(account=accounts[2 + night % 2], starts_at=starts, ends_at=over))
    add_shifts(centre, turns)
