"""The staff as administrators and colleagues see them: lists of accounts with their posts, one account, who could stand in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from bihuan.people import identifiers
from bihuan.people.models import Account, Post, Unit
from bihuan.people.selectors import PostFact, account_named, post_facts
from bihuan.vault import keyed_hash, mask, unseal

STATES = ("active", "ended", "no_post")
_LINE = ("id", "username", "staff_no", "name", "is_active")


@dataclass(frozen=True, slots=True)
class StaffLine:
    """An account in a list, with the posts it holds or will hold."""

    id: int
    username: str
    staff_no: str
    name: str
    active: bool
    posts: list[PostFact] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffCard:
    """One account as its administrator sees it. The private mobile number is masked."""

    id: int
    username: str
    staff_no: str
    email: str
    mobile: str
    name: str
    language: str
    active: bool
    posts: list[PostFact]
    seconds: dict[int, str]


def _not_over(on: date) -> Q:
    return Q(valid_to=None) | Q(valid_to__gte=on)


def staff(*, on: date, typed: str = "", state: str = "active", after: int = 0, limit: int = 50) -> list[StaffLine]:
    """Accounts by number, with the posts that are not over on that day. Two statements.

    ``typed``: a part of the name, or a whole user name, staff number, e-mail or mobile number; ``state`` one of STATES, "" = all.
    """
    rows = Account.objects.filter(pk__gt=after)
    if typed:
        exact = account_named(typed) if identifiers.normal(typed) else None
        rows = rows.filter(Q(name__icontains=typed) | Q(username=typed.lower()) | Q(pk=exact.pk if exact else 0))
    if state in ("active", "no_post"):
        rows = rows.filter(is_active=True)
    if state == "no_post":
        rows = rows.exclude(pk__in=Post.objects.filter(_not_over(on)).values("account_id"))
    if state == "ended":
        rows = rows.filter(is_active=False)
    lines = [StaffLine(*row) for row in rows.order_by("pk").values_list(*_LINE)[:limit]]
    held = _by_account([line.id for line in lines], on)
    for line in lines:
        line.posts.extend(held.get(line.id, ()))
    return lines


def _by_account(accounts: Collection[int], on: date) -> dict[int, list[PostFact]]:
    found: dict[int, list[PostFact]] = {}
    for post in post_facts(Post.objects.filter(_not_over(on), account_id__in=accounts)) if accounts else ():
        found.setdefault(post.account, []).append(post)
    return found


def card(account: int, *, seconds: bool = True) -> StaffCard | None:
    """One account with all its posts, past ones too, and who is named to stand in there. Two statements, three with those."""
    row = Account.objects.filter(pk=account).first()
    if row is None:
        return None
    posts = Post.objects.filter(account_id=account)
    return StaffCard(
        id=row.pk,
        username=row.username,
        staff_no=row.staff_no,
        email=row.email,
        mobile=mask.phone(unseal(bytes(row.mobile_sealed), field="account.mobile")) if row.mobile_sealed else "",
        name=row.name,
        language=row.language,
        active=row.is_active,
        posts=sorted(post_facts(posts), key=lambda post: (bool(post.instead_of), post.id)),
        seconds=dict(posts.exclude(second=None).values_list("pk", "second__name")) if seconds else {},
    )


def own_post(post: int) -> PostFact | None:
    """One post, never a standing-in. One statement."""
    return next(iter(post_facts(Post.objects.filter(pk=post, instead_of=None))), None)


def seconds_of(posts: Collection[int]) -> dict[int, int]:
    """Who is named to stand in as a rule (B 角), by post. One statement."""
    return dict(Post.objects.filter(pk__in=posts).exclude(second=None).values_list("pk", "second_id"))


def colleagues(unit: int, on: date) -> list[PostFact]:
    """Who could stand in in a unit: everybody who sits there; where that is one person alone, those beside and above too.

    One statement, two for a unit of one.
    """
    running = Post.objects.filter(_not_over(on), account__is_active=True, instead_of=None)
    inside = post_facts(running.filter(unit_id=unit))
    if len({post.account for post in inside}) > 1:
        return inside
    above = Unit.objects.filter(pk=unit).exclude(superior=None).values("superior_id")
    return inside + [
        post for post in post_facts(running.filter(Q(unit_id__in=above) | Q(unit__superior_id__in=above))) if post.unit != unit
    ]


def find_people(typed: str, *, on: date, limit: int = 12) -> list[StaffLine]:
    """Active accounts by a part of the name or a whole user name or staff number: to choose one. Two statements at most."""
    return staff(on=on, typed=typed, limit=limit) if typed else []


def unit_keys(units: Collection[int] | None = None) -> dict[int, str]:
    """Lasting keys of units that still take in work (None = of all). One statement."""
    rows = Unit.objects.filter(valid_to=None) if units is None else Unit.objects.filter(pk__in=units)
    return dict(rows.values_list("pk", "key"))


def unit_key(unit: int) -> str:
    """A unit's lasting key, "" for none. One statement."""
    return Unit.objects.filter(pk=unit).values_list("key", flat=True).first() or ""


@dataclass(slots=True)
class Known:
    """Somebody a list may name: 0 = not opened yet. ``seats``: (unit, post) pairs held or just noted."""

    id: int
    username: str
    name: str
    active: bool
    seats: set[tuple[int, str]]


def mobile_key(typed: str) -> str:
    """What a mobile number is compared by, "" for none: its keyed hash, never the number."""
    digits = identifiers.mobile_digits(typed)
    return keyed_hash(digits, "phone") if digits else ""


def known_people(on: date) -> dict[str, Known]:
    """Every account by each of its identifiers, with the posts that are not over on that day. Two statements."""
    people = {
        row[0]: (Known(row[0], row[1], row[2], row[3], set()), row[4], row[5])
        for row in Account.objects.values_list("id", "username", "name", "is_active", "staff_no", "mobile_hash")
    }
    for account, unit, key in Post.objects.filter(_not_over(on), instead_of=None).values_list("account_id", "unit_id", "key"):
        people[account][0].seats.add((unit, key))
    return {name: one for one, staff_no, mobile in people.values() for name in (one.username, staff_no, mobile) if name}
