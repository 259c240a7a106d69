"""Units changed one by one: renamed, put under another one, followed by another one when their area is redrawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from bihuan.people.errors import UnknownUnit
from bihuan.people.models import Post, Unit
from bihuan.people.services.organisation import touch_organisation
from bihuan.people.services.record import enter
from bihuan.rules.terms import SYSTEM, Doer


@dataclass(frozen=True, slots=True)
class UnitIn:
    """A unit that still takes in work, the area it stands in and the pack's office it is."""

    id: int
    area_code: str
    office: str


def units_in(codes: Collection[str]) -> list[UnitIn]:
    """The units that stand in one of these very areas. One statement."""
    rows = Unit.objects.filter(area__code__in=list(codes), valid_to=None).order_by("id")
    return [UnitIn(*row) for row in rows.values_list("id", "area__code", "office")]


@transaction.atomic
def rename_unit(unit_id: int, name: str, *, by: Doer = SYSTEM) -> None:
    """Give a unit another name; papers that were signed keep the old one."""
    touch_organisation()
    Unit.objects.filter(pk=unit_id).update(name=" ".join(name.split())[:80])
    enter("unit_renamed", [unit_id], by)


@transaction.atomic
def put_under(unit_id: int, superior_id: int, *, by: Doer = SYSTEM) -> None:
    """Put a unit and all below it under another one. Raises UnknownUnit for a circle or a unit that has ended."""
    touch_organisation()  # two that are put under one another at once would be a circle: each saw the other where it was
    unit = Unit.objects.get(pk=unit_id)
    above = Unit.objects.filter(pk=superior_id, valid_to=None).first()
    if above is None or unit_id == superior_id or f"/{unit_id}/" in f"/{above.path}":
        raise UnknownUnit("a unit cannot stand under itself or under one that has ended", "superior")
    old, new = f"{unit.path}{unit_id}/", f"{above.path}{superior_id}/"
    unit.superior_id, unit.path = superior_id, new
    unit.save(update_fields=["superior", "path"])
    for below in Unit.objects.filter(path__startswith=old):
        below.path = f"{new}{unit_id}/{below.path[len(old) :]}"
        below.save(update_fields=["path"])
    enter("unit_put_under", [unit_id], by, superior=superior_id)


@transaction.atomic
def carry_posts(old: int, new: Sequence[int], *, valid_from: date, by: Doer = SYSTEM) -> int:
    """Whoever holds a post in a unit that ends holds it in those that follow it; how many posts that gives.

    The security administrator ends what is not wanted; nobody's work is left without anybody.
    """
    touch_organisation()
    held = list(Post.objects.filter(unit_id=old, valid_to=None, instead_of=None).values("account_id", "key", "second_id"))
    areas = dict(Unit.objects.filter(pk__in=list(new)).values_list("pk", "area_id"))
    known = set(Post.objects.filter(unit_id__in=list(new), valid_to=None).values_list("account_id", "unit_id", "key"))
    posts = [
        Post(
            account_id=one["account_id"], unit_id=unit, key=one["key"], second_id=one["second_id"], area_id=areas[unit],
            valid_from=valid_from,
        )
        for unit in new
        for one in held
        if (one["account_id"], unit, one["key"]) not in known
    ]  # fmt: skip
    made = Post.objects.bulk_create(posts)
    Post.objects.filter(unit_id=old, valid_to=None).update(valid_to=valid_from - timedelta(days=1))
    if made:
        enter("posts_given", [post.pk for post in made], by)
    return len(made)
