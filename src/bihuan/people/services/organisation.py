"""Units and posts: who sits where. Every change renews the organisation's stamp, so that caches notice.

It does so before anything else: the stamp's row is held until the transaction ends, so that changes come one after the other
and none waits for another's account or post while it is waited for. In that order, then: the stamp, posts and leaves,
accounts by their numbers (docs/architecture.md, "Order of locks").
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from bihuan.people.errors import PostsApart, UnknownUnit
from bihuan.people.models import Account, OrgStamp, Post, Unit
from bihuan.people.services.record import enter
from bihuan.places import selectors as places
from bihuan.rules.terms import SYSTEM, Doer

STAMP_ROW = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """A new unit. ``superior_key`` "" = nothing above it; ``centre``: takes in what comes to its area at its level.

    ``office``: the pack's office key, "" = the unit's own key.
    """

    key: str
    kind: str
    name: str
    area_code: str
    superior_key: str = ""
    office: str = ""
    centre: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """An account takes a post in a unit. ``area_code`` "" = the unit's own area."""

    username: str
    unit_key: str
    key: str
    area_code: str = ""


def touch_organisation() -> None:
    """Renew the stamp and hold it: the first statement of a change. One statement.

    Every process reads the organisation anew at its first request after the commit. Whoever reads it in this very transaction
    does so with ``lock_organisation`` instead, and renews the stamp when it has changed.
    """
    row = OrgStamp(pk=STAMP_ROW, stamp=secrets.randbelow(2**62) + 1)
    OrgStamp.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["stamp"])


def lock_organisation() -> None:
    """Hold the organisation still until the transaction ends: what was looked at is what is written to."""
    OrgStamp.objects.select_for_update(no_key=True).filter(pk=STAMP_ROW).first()


def _area_ids(codes: Collection[str]) -> dict[str, int]:
    found = {code: fact.id for code, fact in places.areas(codes).items()}
    missing = next((code for code in codes if code not in found), None)
    if missing is not None:
        raise UnknownUnit(f"no area {missing!r}", "area")
    return found


def _layers(rows: Sequence[UnitRow], known: Collection[str]) -> list[list[UnitRow]]:
    """The rows ordered so that a superior always comes in an earlier layer."""
    placed, waiting, layers = set(known), list(rows), []
    while waiting:
        layer = [row for row in waiting if not row.superior_key or row.superior_key in placed]
        if not layer:
            raise UnknownUnit(f"no superior {waiting[0].superior_key!r} for {waiting[0].key!r}", "superior")
        layers.append(layer)
        placed.update(row.key for row in layer)
        waiting = [row for row in waiting if row.key not in placed]
    return layers


@transaction.atomic
def create_units(rows: Iterable[UnitRow], *, by: Doer = SYSTEM) -> dict[str, int]:
    """Create units, one insert for each depth; ids by key. Raises UnknownUnit and writes nothing."""
    touch_organisation()
    listed = list(rows)
    area_ids = _area_ids({row.area_code for row in listed})
    above = {row.superior_key for row in listed} - {row.key for row in listed}
    chains = {unit.key: (unit.pk, unit.path) for unit in Unit.objects.filter(key__in=above, valid_to=None)}
    for layer in _layers(listed, set(chains)):
        units = []
        for row in layer:
            superior, path = chains[row.superior_key] if row.superior_key else (None, "")
            units.append(
                Unit(
                    key=row.key, office=row.office or row.key, kind=row.kind, name=row.name,
                    area_id=area_ids[row.area_code], centre=row.centre,
                    superior_id=superior, path=f"{path}{superior}/" if superior else "",
                )
            )  # fmt: skip
        chains.update({unit.key: (unit.pk, unit.path) for unit in Unit.objects.bulk_create(units)})
    created = {row.key: chains[row.key][0] for row in listed}
    enter("units_created", created.values(), by)
    return created


@transaction.atomic
def end_unit(unit_id: int, *, last_day: date, by: Doer = SYSTEM) -> None:
    """Close a unit: it takes in nothing new; what it holds stays with it until somebody moves it."""
    touch_organisation()
    Unit.objects.filter(pk=unit_id).update(valid_to=last_day)
    enter("unit_ended", [unit_id], by, last_day=last_day.isoformat())


def check_apart(given: Mapping[int, set[str]], apart: Mapping[str, Collection[str]], on: date | None) -> None:
    """Refuse a person two posts that the pack keeps apart (``apart``: post key -> the keys it excludes)."""
    if not apart:
        return
    held: dict[int, set[str]] = {account: set(keys) for account, keys in given.items()}
    concerned = [account for account, keys in given.items() if keys & apart.keys()]
    running = Q(valid_to=None) if on is None else Q(valid_to=None) | Q(valid_to__gte=on)
    for account, key in Post.objects.filter(running, account__in=concerned).values_list("account", "key"):
        held[account].add(key)
    for keys in held.values():
        for key in keys:
            clash = keys & set(apart.get(key, ())) - {key}
            if clash:
                raise PostsApart(f"one person may not be both {key} and {sorted(clash)[0]}", "key")


@transaction.atomic
def give_posts(
    rows: Iterable[PostRow],
    *,
    valid_from: date | None = None,
    apart: Mapping[str, Collection[str]] | None = None,
    by: Doer = SYSTEM,
) -> list[int]:
    """Give posts to accounts, few statements for thousands; ids in the order of the rows.

    ``apart``: posts that one person may not hold together, from the pack. Raises UnknownUnit, PostsApart.
    """
    touch_organisation()  # two posts given at once are kept apart like any others
    listed = list(rows)
    units = {unit.key: unit for unit in Unit.objects.filter(key__in={row.unit_key for row in listed})}
    named = Account.objects.filter(username__in={row.username for row in listed})
    accounts = dict(named.values_list("username", "pk"))
    codes = {row.area_code for row in listed if row.area_code}
    area_ids = _area_ids(codes) if codes else {}
    posts: list[Post] = []
    given: dict[int, set[str]] = {}
    for row in listed:
        unit = units.get(row.unit_key)
        if unit is None:
            raise UnknownUnit(f"no unit {row.unit_key!r}", "unit")
        if row.username not in accounts:
            raise UnknownUnit(f"no account {row.username!r}", "username")
        account = accounts[row.username]
        given.setdefault(account, set()).add(row.key)
        area_id = area_ids[row.area_code] if row.area_code else unit.area_id
        posts.append(Post(account_id=account, unit=unit, key=row.key, area_id=area_id, valid_from=valid_from))
    check_apart(given, apart or {}, valid_from)
    created = Post.objects.bulk_create(posts)
    enter("posts_given", [post.pk for post in created], by)
    return [post.pk for post in created]


def give_post(
    row: PostRow,
    *,
    valid_from: date | None = None,
    apart: Mapping[str, Collection[str]] | None = None,
    by: Doer = SYSTEM,
) -> int:
    """Give one post; its id. Raises UnknownUnit, PostsApart."""
    return give_posts([row], valid_from=valid_from, apart=apart, by=by)[0]


@transaction.atomic
def end_post(post_id: int, *, last_day: date, by: Doer = SYSTEM) -> bool:
    """Let a post end after ``last_day``; sessions in it end with their next request after that day."""
    touch_organisation()
    ended = Post.objects.filter(pk=post_id).update(valid_to=last_day) == 1
    Post.objects.filter(instead_of=post_id, valid_to__gt=last_day).update(valid_to=last_day)
    enter("post_ended", [post_id], by, last_day=last_day.isoformat())
    return ended
