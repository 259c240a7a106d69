"""Who plays: a person for every post of the place, and a small cast with passwords that a newcomer signs in as."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.contrib.auth.hashers import make_password

from bihuan.access import factor
from bihuan.access.actors import Actor, actor_for
from bihuan.packs import Pack
from bihuan.packs.shape import PostSpec
from bihuan.people import selectors as people
from bihuan.people.services import AccountRow, PostRow, create_accounts, give_posts, unit_key
from bihuan.people.services.founding import AT
from bihuan.places import selectors as places
from bihuan.places.selectors import AreaFact
from bihuan.play.names import invented
from bihuan.rules.scope import Duty

PASSWORD = "Bihuan-Demo-2026"  # noqa: S105 - printed on the screen; the demonstration holds nothing secret
NAMES_SEED = 13710
SHARED_POSTS = ("instructor", "grid_liaison")
"""Posts in every grid that one cadre holds for all the grids of a village: instructors and liaisons from above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One member of the cast: ``username`` signs in with PASSWORD, and with ``secret`` where a second factor is asked."""

    username: str
    post: str
    unit_key: str
    name: str = ""
    unit_name: str = ""
    secret: str = ""


def secret_of(username: str) -> str:
    """The fixed second-factor secret of a demonstration account: 160 bits in base 32."""
    return base64.b32encode(hashlib.sha1(f"bihuan demo {username}".encode()).digest()).decode()  # noqa: S324 - no secret


def office_of_cast(pack: Pack) -> str:
    """The key of the office that the cast works in: one of the top area, else the first that may be main office."""
    fixed = [office.key for office in pack.offices if not office.per]
    assignable = [office.key for office in pack.offices if (kind := pack.unit_kind(office.kind)) and kind.assignable]
    return "urban_management" if pack.office("urban_management") else [*fixed, *assignable][0]


def categories_of_cast(pack: Pack) -> frozenset[str]:
    """The categories that the duty list gives to that office."""
    return frozenset(duty.category for duty in pack.catalogue.duties if duty.office == office_of_cast(pack))


def cast_of(pack: Pack, township: str, village: str, grid: str) -> list[Player]:
    """The cast of the story: every post once, in the county, in one township, in one office, in one village and grid."""
    office = office_of_cast(pack)
    stations = [o.key for o in pack.offices if o.per and (kind := pack.unit_kind(o.kind)) and kind.assignable]
    keys_of_kind: dict[str, list[tuple[str, str]]] = {}
    for spec in pack.offices:
        area = {"township": township, "village": village, "grid": grid}.get(spec.per, "")
        keys_of_kind.setdefault(spec.kind, []).append((unit_key(spec.key, area, per=spec.per if area else ""), spec.key))
    shown = {office, *stations[:1]}
    prefixes = {
        "upper_authority": "above_",
        "county_authority": "up_",
        "township_centre": "town_",
        "township_station": "station_",
    }
    own = pack.levels[0].centre  # whoever signs in without a prefix works in the place's own centre
    kind = pack.unit_kind(own)
    prefixes |= {own: "", kind.superior if kind else "": "up_"}
    players = []
    for post in pack.posts:
        for kind_key in post.unit_kinds:
            units = keys_of_kind.get(kind_key, [])
            unit = next((unit for unit, key in units if key in shown), units[0][0] if units else "")
            if unit:
                username = f"{prefixes.get(kind_key, '')}{post.key}"
                players.append(Player(username=username, post=post.key, unit_key=unit, secret=secret_of(username)))
    return players


def seats(pack: Pack, areas: Mapping[str, list[AreaFact]]) -> Iterator[tuple[PostSpec, str, str]]:
    """Every (post, unit key, area code) of the place: each post in each unit of its kinds."""
    for office in pack.offices:
        kind = pack.unit_kind(office.kind)
        for area in areas.get(kind.level if kind else "", ()):
            unit = unit_key(office.key, area.code, per=office.per)
            for post in pack.posts:
                if office.kind in post.unit_kinds:
                    yield post, unit, area.code


def short(unit: str) -> str:
    """A unit key as part of a user name."""
    return unit.replace(AT, ".")


def fill_posts(pack: Pack) -> list[Player]:
    """Create an account for every seat and give it its post; the cast's seats get passwords and second factors.

    Gives the cast with the names and units that people see. Raises people.errors when it was done before.
    """
    areas = {level.key: places.of_level(level.key) for level in pack.levels}
    township = next((a.code for a in areas.get("township", ())), "")
    village = next((a.code for a in areas.get("village", ()) if a.code.startswith(township)), "")
    grid = next((a.code for a in areas.get("grid", ()) if a.code.startswith(village)), "")
    cast = {(player.post, player.unit_key): player for player in cast_of(pack, township, village, grid)}
    encoded = make_password(PASSWORD)
    posts: list[PostRow] = []
    usernames: dict[str, str] = {}
    for post, unit, area in seats(pack, areas):
        player = cast.get((post.key, unit))
        if player:
            username = player.username
        elif post.key in SHARED_POSTS and post.unit_kinds == ("grid_unit",):
            username = f"{post.key}.{area[:-3]}"
        else:
            username = f"{post.key}.{short(unit)}"
        usernames.setdefault(username, encoded if player else "")
        posts.append(PostRow(username=username, unit_key=unit, key=post.key))
    for post in (post for post in pack.posts if Duty.PACK_PUBLISH in post.duties):  # rules are published by two people
        for player in [player for player in cast.values() if player.post == post.key]:
            second = replace(player, username=f"{player.username}_2", secret=secret_of(f"{player.username}_2"))
            cast[post.key, second.username] = second
            usernames[second.username] = encoded
            posts.append(PostRow(username=second.username, unit_key=player.unit_key, key=post.key))
    names = dict(zip(usernames, invented(len(usernames), NAMES_SEED), strict=True))
    create_accounts(
        (AccountRow(username=username, name=names[username], password_hash=word) for username, word in usernames.items()),
        is_demo=True,
    )
    give_posts(posts, apart={post.key: post.apart_from for post in pack.posts if post.apart_from})
    return arm(cast.values())


def arm(cast: Iterable[Player]) -> list[Player]:
    """Give the cast's accounts their fixed second factors where their posts ask for one; the cast as people see it."""
    armed = []
    for player in cast:
        fact = people.post_named(player.username, player.post)
        if fact is None:
            continue
        actor = actor_for(fact.id)
        secret = player.secret if factor.is_needed(actor.duties) else ""
        if secret:
            factor.enrol(actor.account, secret)
        armed.append(
            Player(
                username=player.username,
                post=actor.post_title,
                unit_key=player.unit_key,
                name=actor.name,
                unit_name=actor.unit_name,
                secret=secret,
            )
        )
    return armed


class Seats:
    """Finds the actor who sits on a post of a unit; each is read once."""

    def __init__(self) -> None:
        """Begin with nobody known."""
        self._actors: dict[tuple[int, str], Actor] = {}

    def actor(self, unit: int, post: str) -> Actor:
        """The actor on that post. Raises LookupError when the post is vacant."""
        known = self._actors.get((unit, post))
        if known is None:
            holders = people.holders_of(unit, post)
            if not holders:
                raise LookupError(f"nobody holds {post!r} in unit {unit}")
            known = self._actors[unit, post] = actor_for(holders[0].id)
        return known
