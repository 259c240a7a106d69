"""Change of job: one act ends a post, seats the successor, and moves what was tied to the person and not to the post.

What waits for a post waits for its unit and post, so it is the successor's from the first day. Tied to the person are the turns
of the duty roster, being somebody's deputy, and the leaves with their deputies.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Case, Q, When
from django.utils.translation import gettext as _

from bihuan.people.errors import NotLawful, Overtaken
from bihuan.people.models import Account, Post, Shift
from bihuan.people.services.leave import lock_account
from bihuan.people.services.organisation import PostRow, check_apart, give_posts, touch_organisation
from bihuan.people.services.record import enter
from bihuan.rules.terms import SYSTEM, Doer

FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """An order to hand a post over. ``successor`` 0 = nobody yet; ``last_day``: the old holder's last day, included.

    ``seen_to``: the post's end as the person saw it on the page; ``next_unit``, ``next_key``: the old holder's new post, "" =
    none.
    """

    post: int
    last_day: date
    seen_to: date | None
    successor: int = 0
    next_unit: str = ""
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
    post = Post.objects.select_for_update().select_related("unit").filter(pk=order.post, instead_of=None).first()
    if post is None or post.valid_to != order.seen_to:
        raise Overtaken(_("Somebody else has just ended this post or handed it over. Look at it again."), "post")
    if not today - timedelta(days=1) <= order.last_day <= today + FURTHEST:
        raise NotLawful(_("The last day lies in the past or more than a year ahead."), "last_day")
    if post.valid_to is not None and post.valid_to < today:
        raise Overtaken(_("This post has ended already."), "post")
    _refuse_self(by, order, post)
    deputies = Q(instead_of=post, valid_to__gt=order.last_day)
    Post.objects.filter(Q(pk=post.pk) | deputies).update(valid_to=order.last_day)
    seat = _seat(post, order, apart or {}) if order.successor else 0
    moved = _move_what_is_personal(post, order, ends_at)
    next_post = _start_next(post, order, apart or {}, by)
    touch_organisation()
    enter(
        "post_handed_over", [post.pk], by, account=post.account_id, successor=order.successor, to_post=seat, shifts=moved,
        last_day=order.last_day.isoformat(), next_post=next_post,
    )  # fmt: skip
    return HandedOver(post=seat, shifts=moved, next_post=next_post)


def _refuse_self(by: Doer, order: Handover, post: Post) -> None:
    if order.successor == post.account_id:
        raise NotLawful(_("The successor is somebody else."), "successor")
    if by.kind == "staff" and by.account in (order.successor, post.account_id if order.next_key else 0):
        raise NotLawful(_("Nobody gives a post to themselves; another administrator does it."), "successor")


def _seat(post: Post, order: Handover, apart: Mapping[str, Collection[str]]) -> int:
    """The successor's post of the same kind: a new one, or the one that they hold already."""
    lock_account(order.successor)
    day = order.last_day + timedelta(days=1)
    running = Q(valid_to=None) | Q(valid_to__gte=day)
    held = Post.objects.filter(running, account_id=order.successor, unit=post.unit, key=post.key, instead_of=None).first()
    if held is not None:
        Post.objects.filter(pk=held.pk).update(valid_to=None)
        return held.pk
    check_apart({order.successor: {post.key}}, apart, day)
    second = post.second_id if post.second_id not in (order.successor, post.account_id) else None
    created = Post.objects.create(
        account_id=order.successor, unit=post.unit, key=post.key, area_id=post.area_id, valid_from=day, second_id=second
    )
    return created.pk


def _move_what_is_personal(post: Post, order: Handover, ends_at: datetime) -> int:
    """Turns of the roster and standing-in, where the old holder leaves the unit altogether; how many turns moved."""
    stays = Post.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=order.last_day), account_id=post.account_id, unit=post.unit, instead_of=None
    ).exclude(pk=post.pk)
    if stays.exists():
        return 0
    second = Case(When(account_id=order.successor, then=None), default=order.successor) if order.successor else None
    Post.objects.filter(unit=post.unit, second_id=post.account_id).update(second_id=second)
    Post.objects.filter(account_id=post.account_id, unit=post.unit, instead_of__isnull=False, valid_to__gt=order.last_day).update(
        valid_to=order.last_day
    )
    turns = Shift.objects.filter(unit=post.unit, account_id=post.account_id, starts_at__gte=ends_at)
    if not order.successor:
        return 0
    taken = Shift.objects.filter(unit=post.unit, account_id=order.successor, starts_at__gte=ends_at).values("starts_at")
    return turns.exclude(starts_at__in=taken).update(account_id=order.successor)


def _start_next(post: Post, order: Handover, apart: Mapping[str, Collection[str]], by: Doer) -> int:
    if not order.next_key:
        return 0
    username = Account.objects.values_list("username", flat=True).get(pk=post.account_id)
    row = PostRow(username=username, unit_key=order.next_unit, key=order.next_key)
    return give_posts([row], valid_from=order.last_day + timedelta(days=1), apart=apart, by=by)[0]


@transaction.atomic
def end_account(account: int, *, last_day: date, by: Doer = SYSTEM) -> int:
    """Switch an account off and end its posts after ``last_day``; how many posts. Raises NotLawful, Overtaken (off already)."""
    if by.kind == "staff" and by.account == account:
        raise NotLawful(_("Nobody ends their own account; another administrator does it."), "account")
    row = Account.objects.select_for_update().filter(pk=account, is_active=True).first()
    if row is None:
        raise Overtaken(_("This account has been ended already."), "account")
    Account.objects.filter(pk=account).update(is_active=False)
    running = Post.objects.filter(Q(valid_to=None) | Q(valid_to__gt=last_day))
    ended = list(running.filter(account_id=account).values_list("pk", flat=True))
    running.filter(Q(account_id=account) | Q(instead_of__account_id=account)).update(valid_to=last_day)
    Post.objects.filter(second_id=account).update(second=None)
    touch_organisation()
    enter("account_ended", [account], by, posts=ended, last_day=last_day.isoformat())
    return len(ended)
