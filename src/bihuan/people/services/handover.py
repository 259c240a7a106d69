"""Change of job: one act ends a post, seats the successor, and moves what was tied to the person and not to the post.

What waits for a post waits for its unit and post, so it is the successor's from the first day. Tied to the person are the turns
of the duty roster, being somebody's deputy, and the leaves with their deputies.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import BigIntegerField, Case, DateField, F, Q, Value, When
from django.utils.translation import gettext as _

from bihuan.people.errors import NotLawful, Overtaken, UnknownUnit
from bihuan.people.models import Account, Post, Shift, Unit
from bihuan.people.services.leave import lock_account
from bihuan.people.services.organisation import check_apart, touch_organisation
from bihuan.people.services.record import enter
from bihuan.rules.terms import SYSTEM, Doer

FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """An order to hand a post over. ``successor`` 0 = nobody yet; ``last_day``: the old holder's last day, included.

    ``holder``: whose post it is, 0 = whoever holds it; ``seen_to``: the post's end as the person saw it on the page;
    ``next_unit``, ``next_key``: the old holder's new post, "" = none.
    """

    post: int
    last_day: date
    seen_to: date | None
    successor: int = 0
    holder: int = 0
    next_unit: int = 0
    next_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What came of it. ``post``: the successor's post (0 = none); ``shifts``: turns of the roster that moved."""

    post: int
    shifts: int
    next_post: int


@transaction.atomic
def hand_over(
    order: Handover, *, today: date, ends_at: datetime, apart: Mapping[str, Collection[str]] | None = None, by: Doer = SYSTEM
) -> HandedOver:
    """Hand a post over. ``ends_at``: the instant at which the last day ends at that place.

    Raises Overtaken when somebody else ended or handed over the post meanwhile, NotLawful, PostsApart, UnknownUnit.
    """
    touch_organisation()
    rows = Post.objects.select_for_update(of=("self",), no_key=True).select_related("unit")
    post = rows.filter(pk=order.post, instead_of=None).first()
    if post is None or post.valid_to != order.seen_to or order.holder not in (0, post.account_id):
        raise Overtaken(_("Somebody else has just ended this post or handed it over. Look at it again."), "post")
    if not today - timedelta(days=1) <= order.last_day <= today + FURTHEST:
        raise NotLawful(_("The last day lies in the past or more than a year ahead."), "last_day")
    if post.valid_to is not None and post.valid_to < today:
        raise Overtaken(_("This post has ended already."), "post")
    _refuse_self(by, order, post)
    if order.successor:
        lock_account(order.successor)
    seats = _seats_there(post, order)
    stays = any(one.account_id == post.account_id for one in seats)
    held = next((one for one in seats if one.account_id == order.successor and one.key == post.key), None)
    _end_what_ends(post, order, stays=stays, held=held)
    created = [one.pk for one in Post.objects.bulk_create(_begun(post, order, apart or {}, held))]
    moved = 0 if stays else _move_turns(post, order, ends_at)
    seat = (held.pk if held else created[0]) if order.successor else 0
    next_post = created[-1] if order.next_key else 0
    enter(
        "post_handed_over", [post.pk], by, account=post.account_id, successor=order.successor, to_post=seat, shifts=moved,
        last_day=order.last_day.isoformat(), next_post=next_post,
    )  # fmt: skip
    if next_post:
        enter("posts_given", [next_post], by)
    return HandedOver(post=seat, shifts=moved, next_post=next_post)


def _refuse_self(by: Doer, order: Handover, post: Post) -> None:
    if order.successor == post.account_id:
        raise NotLawful(_("The successor is somebody else."), "successor")
    if by.kind == "staff" and by.account in (order.successor, post.account_id if order.next_key else 0):
        raise NotLawful(_("Nobody gives a post to themselves; another administrator does it."), "successor")


def _seats_there(post: Post, order: Handover) -> list[Post]:
    """What the old holder keeps in the unit after that day, and what the successor has there already."""
    after = Q(valid_to=None) | Q(valid_to__gt=order.last_day)
    who = [one for one in (post.account_id, order.successor) if one]
    return list(Post.objects.filter(after, account__in=who, unit=post.unit, instead_of=None).exclude(pk=post.pk))


def _begun(post: Post, order: Handover, apart: Mapping[str, Collection[str]], held: Post | None) -> list[Post]:
    """The posts that begin the day after: the successor's, unless they hold one like it already, and the old holder's next."""
    day = order.last_day + timedelta(days=1)
    given: dict[int, set[str]] = {}
    begun = []
    if order.successor and held is None:
        second = post.second_id if post.second_id not in (order.successor, post.account_id) else None
        given.setdefault(order.successor, set()).add(post.key)
        begun.append(
            Post(
                account_id=order.successor, unit=post.unit, key=post.key, area_id=post.area_id, valid_from=day, second_id=second
            )
        )  # fmt: skip
    if order.next_key:
        unit = Unit.objects.filter(pk=order.next_unit).first()
        if unit is None:
            raise UnknownUnit(f"no unit {order.next_unit}", "unit")
        given.setdefault(post.account_id, set()).add(order.next_key)
        begun.append(Post(account_id=post.account_id, unit=unit, key=order.next_key, area_id=unit.area_id, valid_from=day))
    check_apart(given, apart, day)
    return begun


def _end_what_ends(post: Post, order: Handover, *, stays: bool, held: Post | None) -> None:
    """The post and standing-in for it; standing-in by who leaves the unit, and being named there. One statement.

    A post like it that the successor holds already goes on without an end.
    """
    own = Q(instead_of=post, valid_to__gt=order.last_day)
    if not stays:
        own |= Q(account_id=post.account_id, unit=post.unit, instead_of__isnull=False, valid_to__gt=order.last_day)
    goes_on = Q(pk=held.pk if held else 0)
    named = Q(pk=0) if stays else Q(unit=post.unit, second_id=post.account_id)
    Post.objects.filter(Q(pk=post.pk) | own | goes_on | named).update(
        valid_to=Case(
            When(goes_on, then=Value(None, DateField())),
            When(Q(pk=post.pk) | own, then=Value(order.last_day, DateField())),
            default=F("valid_to"),
            output_field=DateField(),
        ),
        second_id=Case(
            When(named & ~Q(account_id=order.successor), then=Value(order.successor or None, BigIntegerField())),
            When(named, then=Value(None, BigIntegerField())),
            default=F("second_id"),
            output_field=BigIntegerField(),
        ),
    )


def _move_turns(post: Post, order: Handover, ends_at: datetime) -> int:
    """Turns of the roster of who leaves the unit altogether go to the successor; how many."""
    if not order.successor:
        return 0
    turns = Shift.objects.filter(unit=post.unit, account_id=post.account_id, starts_at__gte=ends_at)
    taken = Shift.objects.filter(unit=post.unit, account_id=order.successor, starts_at__gte=ends_at).values("starts_at")
    return turns.exclude(starts_at__in=taken).update(account_id=order.successor)


@transaction.atomic
def end_account(account: int, *, last_day: date, by: Doer = SYSTEM) -> int:
    """Switch an account off and end its posts after ``last_day``; how many posts. Raises NotLawful, Overtaken (off already)."""
    if by.kind == "staff" and by.account == account:
        raise NotLawful(_("Nobody ends their own account; another administrator does it."), "account")
    touch_organisation()
    row = Account.objects.select_for_update(no_key=True).filter(pk=account, is_active=True).first()
    if row is None:
        raise Overtaken(_("This account has been ended already."), "account")
    Account.objects.filter(pk=account).update(is_active=False)
    running = Post.objects.filter(Q(valid_to=None) | Q(valid_to__gt=last_day))
    ended = list(running.filter(account_id=account).values_list("pk", flat=True))
    running.filter(Q(account_id=account) | Q(instead_of__account_id=account)).update(valid_to=last_day)
    Post.objects.filter(second_id=account).update(second=None)
    enter("account_ended", [account], by, posts=ended, last_day=last_day.isoformat())
    return len(ended)
