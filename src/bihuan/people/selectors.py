"""Reading people: the directory of units, accounts, posts, and contacts as they may be shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from bihuan.people import identifiers
from bihuan.people.directory import DirectoryShelf, OpenUnit, OrgDirectory
from bihuan.people.models import Account, Contact, Leave, OrgStamp, Post, Shift, Unit
from bihuan.rules.routing import UnitFact
from bihuan.vault import keyed_hash

_shelf = DirectoryShelf()


def directory(stamp: int = 0) -> OrgDirectory:
    """The organisation as it stands. ``stamp``: its state as the session already saw it (``Actor.org_stamp``).

    With a stamp this process knows: no statement; without one: one statement to ask for it; two to read it anew.
    """
    alias = connection.alias
    known = _shelf.get(alias, stamp) if stamp else None
    if known is not None:
        return known
    current = OrgStamp.objects.values_list("stamp", flat=True).first() or 0
    known = _shelf.get(alias, current) if current else None
    if known is not None:
        return known
    rows = Unit.objects.filter(valid_to=None).values_list(
        "id", "kind", "area__code", "superior_id", "area__level", "office", "name", "centre", "area__name"
    )
    units = [OpenUnit(UnitFact(row[0], row[1], row[2], row[3] or 0, row[4], row[5]), *row[6:]) for row in rows]
    read = OrgDirectory(current, units)
    if current:
        _shelf.put(alias, read)
    return read


@dataclass(frozen=True, slots=True)
class AccountFact:
    """An account as screens may show it."""

    id: int
    username: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class PostFact:
    """A post: who, what, where, from when to when (last day included).

    ``instead_of``: the account whose post it is when somebody stands in for a while (0 = the holder's own).
    """

    id: int
    account: int
    account_name: str
    key: str
    unit: int
    unit_name: str
    area_code: str
    area_name: str
    valid_from: date | None
    valid_to: date | None
    instead_of: int = 0
    instead_of_name: str = ""

    def runs_on(self, day: date) -> bool:
        """True when the post is held on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


_POST = (
    "id", "account_id", "account__name", "key", "unit_id", "unit__name", "area__code", "area__name", "valid_from", "valid_to",
    Coalesce("instead_of__account_id", 0), Coalesce("instead_of__account__name", Value("")),
)  # fmt: skip


def account_named(identifier: str) -> Account | None:
    """The account that a user name, e-mail, mobile or staff number opens, whether or not it is active. One statement.

    Costs the same whatever was typed and whether or not there is such an account.
    """
    typed = identifiers.normal(identifier)
    phone = identifiers.mobile_digits(typed)
    hashed = keyed_hash(phone or "0", "phone")
    match = Q(username=typed) | Q(email=typed) | Q(staff_no=typed)
    if phone:
        match |= Q(mobile_hash=hashed)
    found = list(Account.objects.filter(match)[:2]) if typed else []
    return found[0] if len(found) == 1 else None


def accounts(ids: Iterable[int]) -> dict[int, AccountFact]:
    """Accounts by number. One statement."""
    rows = Account.objects.filter(pk__in=set(ids)).values_list("id", "username", "name", "is_active")
    return {row[0]: AccountFact(*row) for row in rows}


def account_ids(usernames: Collection[str]) -> dict[str, int]:
    """Numbers of accounts by user name; unknown ones are absent. One statement."""
    return dict(Account.objects.filter(username__in=usernames).values_list("username", "id"))


def unit_names(ids: Iterable[int]) -> dict[int, str]:
    """Names of units by number, closed ones too. One statement."""
    return dict(Unit.objects.filter(pk__in=set(ids)).values_list("id", "name"))


def unit_ids(keys: Collection[str]) -> dict[str, int]:
    """Numbers of units by key; unknown ones are absent. One statement."""
    return dict(Unit.objects.filter(key__in=keys).values_list("key", "id"))


def units_within(code: str) -> QuerySet[Unit, int]:
    """The ids of the units whose own area is that of the code or lies in it, for a condition of another room's query."""
    return Unit.objects.filter(area__code__startswith=code).values_list("pk", flat=True)


def post_facts(rows: QuerySet[Post]) -> list[PostFact]:
    """Posts of a query with their people, units and areas, oldest first. One statement."""
    return [PostFact(*row) for row in rows.order_by("id").values_list(*_POST)]


def unit_keys(ids: Iterable[int]) -> dict[int, str]:
    """Keys of units by number. One statement."""
    return dict(Unit.objects.filter(pk__in=set(ids)).values_list("id", "key"))


def posts_of(account: int, on: date | None = None) -> list[PostFact]:
    """The posts of an account, its own before those it stands in for, oldest first. One statement.

    Only those held on the day ``on`` where it is given.
    """
    posts = sorted(post_facts(Post.objects.filter(account_id=account)), key=lambda post: (bool(post.instead_of), post.id))
    return posts if on is None else [post for post in posts if post.runs_on(on)]


def holders_of(unit: int, key: str = "", on: date | None = None) -> list[PostFact]:
    """Who holds a post in a unit ("" = any post) or stands in there, for notices and "who else". One statement."""
    rows = Post.objects.filter(unit_id=unit, account__is_active=True, **({"key": key} if key else {}))
    posts = post_facts(rows)
    return posts if on is None else [post for post in posts if post.runs_on(on)]


def holders_in(units: Collection[int]) -> list[PostFact]:
    """Who holds a post in any of the units, oldest first. One statement."""
    return post_facts(Post.objects.filter(unit_id__in=units, account__is_active=True, instead_of=None))


def post_named(username: str, key: str = "") -> PostFact | None:
    """The first post of an account (with that key): for the demonstration, stories and tests. One statement."""
    rows = Post.objects.filter(account__username=username, **({"key": key} if key else {}))
    return next(iter(post_facts(rows.filter(instead_of=None))), None)


def holder_of_post(post: int, on: date) -> int:
    """The account that holds a post on that day or later, 0 when there is none: for a matter about its holder."""
    return Post.objects.filter(_not_over(on), pk=post).values_list("account_id", flat=True).first() or 0


def units_of_account(account: int, on: date) -> tuple[int, ...]:
    """The units in which an account holds a post on that day or later: a matter about that person is about them all."""
    found = Post.objects.filter(_not_over(on), account_id=account).order_by("id").values_list("unit_id", flat=True)
    return tuple(dict.fromkeys(found))


def _not_over(on: date) -> Q:
    return Q(valid_to=None) | Q(valid_to__gte=on)


def seated(on: date) -> set[tuple[int, str]]:
    """(unit, post) pairs in which somebody sits on that day: an active account that is not away. One statement."""
    away = Leave.objects.filter(cancelled=False, first_day__lte=on, last_day__gte=on).values("account_id")
    rows = Post.objects.filter(_not_over(on), Q(valid_from=None) | Q(valid_from__lte=on), account__is_active=True)
    return set(rows.exclude(account_id__in=away).values_list("unit_id", "key"))


@dataclass(frozen=True, slots=True)
class LeaveFact:
    """Who is away from when to when, both days included."""

    id: int
    account: int
    account_name: str
    first_day: date
    last_day: date


def accounts_in_posts(keys: Collection[str], on: date) -> dict[str, set[int]]:
    """Who sits in posts of these keys on a day, anywhere: accounts that are switched on, by the post's key. One statement."""
    found: dict[str, set[int]] = {}
    rows = Post.objects.filter(_not_over(on), key__in=keys, account__is_active=True)
    for key, account in rows.filter(Q(valid_from=None) | Q(valid_from__lte=on)).values_list("key", "account_id"):
        found.setdefault(key, set()).add(account)
    return found


def leaves(accounts: Collection[int], on: date) -> list[LeaveFact]:
    """The leaves of these accounts that are not over on that day, the earliest first. One statement."""
    rows = Leave.objects.filter(account_id__in=accounts, cancelled=False, last_day__gte=on).order_by("first_day", "id")
    return [LeaveFact(*row) for row in rows.values_list("id", "account_id", "account__name", "first_day", "last_day")]


@dataclass(frozen=True, slots=True)
class ShiftFact:
    """One turn of a unit's duty roster. ``leads``: the leader of that turn."""

    id: int
    unit: int
    account: int
    account_name: str
    starts_at: datetime
    ends_at: datetime
    leads: bool


_SHIFT = ("id", "unit_id", "account_id", "account__name", "starts_at", "ends_at", "leads")


def shifts(unit: int, start: datetime, end: datetime) -> list[ShiftFact]:
    """The turns of a unit that touch the time from ``start`` to ``end``, in order. One statement."""
    rows = Shift.objects.filter(unit_id=unit, ends_at__gt=start, starts_at__lt=end).order_by("starts_at", "-leads", "id")
    return [ShiftFact(*row) for row in rows.values_list(*_SHIFT)]


def on_duty(unit: int, at: datetime) -> list[ShiftFact]:
    """Who is on duty in a unit at an instant, whoever leads first: to whom what is urgent goes. One statement."""
    rows = Shift.objects.filter(unit_id=unit, starts_at__lte=at, ends_at__gt=at, account__is_active=True)
    return [ShiftFact(*row) for row in rows.order_by("-leads", "id").values_list(*_SHIFT)]


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A contact as every screen and export shows it: masked. ``erased``: nothing is held any more."""

    id: int
    name: str
    phone: str
    id_no: str
    address: str
    erased: bool


def contact_cards(ids: Iterable[int]) -> dict[int, ContactCard]:
    """Masked contacts by number. One statement, opens no seal."""
    rows = Contact.objects.filter(pk__in=set(ids)).values_list(
        "id", "name_masked", "phone_masked", "id_no_masked", "address_masked", "erased_at"
    )
    return {row[0]: ContactCard(row[0], row[1], row[2], row[3], row[4], row[5] is not None) for row in rows}


def contact_card(contact_id: int) -> ContactCard | None:
    """One masked contact. One statement."""
    return contact_cards([contact_id]).get(contact_id)


def contacts_of(*, phone: str = "", id_no: str = "") -> list[int]:
    """The contacts that hold this phone or identity number: for a resident's own wish to see, correct or erase them.

    Never a list of who reported how often: no screen counts or ranks by it.
    """
    match = Q()
    if phone:
        match |= Q(phone_hash=keyed_hash(phone, "phone"))
    if id_no:
        match |= Q(id_no_hash=keyed_hash(id_no, "id_no"))
    if not match:
        return []
    return list(Contact.objects.filter(match, erased_at=None).order_by("id").values_list("id", flat=True))


def contacts_due(before: datetime, limit: int = 500) -> list[int]:
    """Contacts kept since before an instant and not yet erased: candidates of the retention job."""
    return list(Contact.objects.filter(created_at__lt=before, erased_at=None).order_by("id").values_list("id", flat=True)[:limit])
