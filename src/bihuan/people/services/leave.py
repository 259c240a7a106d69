"""Leave, and who stands in meanwhile (A/B 角): the deputy gets the post for those days and acts in it under their own name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from bihuan.people.errors import NotLawful, Overtaken
from bihuan.people.models import Account, Leave, Post
from bihuan.people.services.organisation import check_apart, lock_organisation, touch_organisation
from bihuan.people.services.record import enter
from bihuan.rules.terms import SYSTEM, Doer

LONGEST = timedelta(days=366)


def lock_account(account: int) -> Account:
    """The account's row, locked until the transaction ends. Raises NotLawful for one that is not there or switched off."""
    return lock_accounts([account])[account]


def lock_accounts(wanted: Collection[int]) -> dict[int, Account]:
    """Several at once, in the order of their numbers. One statement; raises as for one."""
    locked = Account.objects.select_for_update(no_key=True).filter(pk__in=set(wanted)).order_by("pk")
    rows = {row.pk: row for row in locked}
    if any(one not in rows or not rows[one].is_active for one in wanted):
        raise NotLawful(_("This account is not there any more, or was switched off."), "account")
    return rows


@transaction.atomic
def enter_leave(
    account: int,
    *,
    first_day: date,
    last_day: date,
    deputies: Mapping[int, int],
    today: date,
    apart: Mapping[str, Collection[str]] | None = None,
    by: Doer = SYSTEM,
) -> int:
    """Keep somebody's leave; ``deputies``: post id -> the account that stands in there. The leave's number.

    Raises NotLawful (days that cannot be, a deputy who is the same person, away, or gone), PostsApart, Overtaken (a leave of
    these days is there already).
    """
    touch_organisation()
    wanted = {post: deputy for post, deputy in deputies.items() if deputy}
    lock_accounts([account, *wanted.values()])
    if first_day > last_day or last_day < today or last_day - first_day > LONGEST:
        raise NotLawful(_("The last day lies before the first, or both are over."), "last_day")
    these_days = Leave.objects.filter(cancelled=False, first_day__lte=last_day, last_day__gte=first_day)
    away = set(these_days.filter(account__in={account, *wanted.values()}).values_list("account", flat=True))
    if account in away:
        raise Overtaken(_("There is a leave in these days already."), "first_day")
    posts = {
        post.pk: post
        for post in Post.objects.filter(Q(valid_to=None) | Q(valid_to__gte=first_day), account_id=account, instead_of=None)
    }
    if not wanted.keys() <= posts.keys():
        raise NotLawful(_("One of the posts is not held in these days."), "deputy")
    for deputy in set(wanted.values()):
        if deputy == account:
            raise NotLawful(_("Nobody stands in for themselves."), "deputy")
        if deputy in away:
            raise NotLawful(_("The deputy is away themselves on some of these days."), "deputy")
    given: dict[int, set[str]] = {}
    for post, deputy in wanted.items():
        given.setdefault(deputy, set()).add(posts[post].key)
    check_apart(given, apart or {}, first_day)
    leave = Leave.objects.create(account_id=account, first_day=first_day, last_day=last_day)
    Post.objects.bulk_create(
        Post(
            account_id=deputy,
            unit_id=posts[post].unit_id,
            key=posts[post].key,
            area_id=posts[post].area_id,
            valid_from=max(first_day, posts[post].valid_from or first_day),
            valid_to=min(last_day, posts[post].valid_to or last_day),
            instead_of=posts[post],
            leave=leave,
        )
        for post, deputy in wanted.items()
    )
    enter(
        "leave_entered", [leave.pk], by, account=account, first_day=first_day.isoformat(), last_day=last_day.isoformat(),
        posts=sorted(wanted), deputies=[wanted[post] for post in sorted(wanted)],
    )  # fmt: skip
    return leave.pk


@transaction.atomic
def end_leave(leave_id: int, *, last_day: date, by: Doer = SYSTEM) -> None:
    """Let a leave end earlier, after ``last_day``; before its first day it is cancelled. Whoever stood in stops with it.

    Raises Overtaken when it is over or cancelled already.
    """
    touch_organisation()
    leave = Leave.objects.select_for_update(no_key=True).filter(pk=leave_id, cancelled=False, last_day__gt=last_day).first()
    if leave is None:
        raise Overtaken(_("This leave has ended already."), "leave")
    if last_day < leave.first_day:
        leave.cancelled = True
    else:
        leave.last_day = last_day
    leave.save(update_fields=["cancelled", "last_day"])
    Post.objects.filter(leave=leave, valid_to__gt=last_day).update(valid_to=last_day)
    enter("leave_ended", [leave.pk], by, account=leave.account_id, last_day=last_day.isoformat())


@transaction.atomic
def name_second(post_id: int, second: int, *, by: Doer = SYSTEM) -> None:
    """Name who stands in for a post's holder as a rule (B 角); 0 = nobody any more. Raises NotLawful."""
    lock_organisation()
    post = Post.objects.select_for_update(no_key=True).filter(pk=post_id, instead_of=None).first()
    if post is None:
        raise NotLawful(_("There is no such post."), "post")
    if second == post.account_id:
        raise NotLawful(_("Nobody stands in for themselves."), "second")
    if second:
        lock_account(second)
    Post.objects.filter(pk=post_id).update(second_id=second or None)
    enter("second_named", [post_id], by, second=second)
