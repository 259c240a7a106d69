"""Who acts: one person in one post, with everything that follows from it, as a value that a request carries around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from bihuan.access.scope import scope_of
from bihuan.access.sessions import Notices, PostRow, Seat, post_row
from bihuan.ledger import clock
from bihuan.packs.shape import Pack
from bihuan.rulebook import selectors as rulebook
from bihuan.rules.scope import NOTHING, Duty, Scope, Subject, avoided
from bihuan.rules.terms import RESIDENT, SYSTEM, Doer

_KNOWN = frozenset(Duty)
DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An account in one of its posts; or the system; or the resident of one case (``case_id``).

    ``post`` is the pack's key, ``duties`` what that post may do at all, ``scope`` on which cases. ``org_stamp`` names the
    state of the organisation as the session saw it: handed to ``people.selectors.directory`` it spares a statement.
    ``instead_of``: the account whose post it is when a deputy acts in it (代). ``seats``: every post that the account may
    sit in today, this one too, its own before those it stands in for; ``()`` when there is no other.
    ``waiting``: notices that wait to be read.
    """

    kind: Literal["staff", "resident", "system"] = "staff"
    account: int = 0
    name: str = ""
    post_id: int = 0
    post: str = ""
    post_title: str = ""
    unit: int = 0
    unit_name: str = ""
    unit_kind: str = ""
    area_code: str = ""
    area_name: str = ""
    duties: frozenset[Duty] = frozenset()
    scope: Scope = NOTHING
    language: str = "zh-hans"
    case_id: int = 0
    org_stamp: int = 0
    pack_digest: str = ""
    instead_of: int = 0
    instead_of_name: str = ""
    seats: tuple[Seat, ...] = ()
    large_text: bool = False
    waiting: int = 0

    def doer(self) -> Doer:
        """The actor as the rules and the ledger see it."""
        if self.kind == "system":
            return SYSTEM
        if self.kind == "resident":
            return RESIDENT
        return Doer(kind="staff", account=self.account, unit=self.unit, post=self.post, instead_of=self.instead_of)


def may(actor: Actor | None, duty: Duty) -> bool:
    """True when the actor's post has the duty. On which cases is the scope's question."""
    return actor is not None and duty in actor.duties


def duties_of(pack: Pack | None, post: str) -> frozenset[Duty]:
    """What a pack lets a post do; nothing for a post it does not know."""
    spec = pack.post(post) if pack else None
    return frozenset(Duty(value) for value in spec.duties if value in _KNOWN) if spec else frozenset()


def actor_of(row: PostRow, *, notices: Notices = ()) -> Actor:
    """The actor of a post that a statement has read. No statement of its own once the pack is cached.

    ``notices``: (unit, account, how many) of unread notices by whom their matter is about (0 = nobody).
    The scope keeps out what is about any unit that the account, or the one it stands in for, sits in today.
    """
    pack = rulebook.pack(row.pack_digest) if row.pack_digest else None
    duties = duties_of(pack, row.post)
    spec = pack.post(row.post) if pack else None
    day = clock.now().astimezone(ZoneInfo(pack.calendar.zone if pack else DEFAULT_ZONE)).date()
    running = [seat for seat in row.seats if seat.runs_on(day) or seat.post_id == row.post_id]
    chain = dict.fromkeys(unit for seat in sorted(running, key=lambda one: one.post_id != row.post_id) for unit in seat.chain)
    own = sorted(
        (seat for seat in running if seat.account == row.account), key=lambda one: (bool(one.instead_of_name), one.post_id)
    )
    scope = scope_of(
        duties=duties,
        area_code=row.area_code,
        unit=row.unit,
        chain=tuple(chain),
        centre=row.centre,
        account=row.account,
        instead_of=row.instead_of,
    )
    return Actor(
        account=row.account,
        name=row.account_name,
        post_id=row.post_id,
        post=row.post,
        post_title=spec.title if spec else row.post,
        unit=row.unit,
        unit_name=row.unit_name,
        unit_kind=row.unit_kind,
        area_code=row.area_code,
        area_name=row.area_name,
        duties=duties,
        scope=scope,
        language=row.language,
        org_stamp=row.org_stamp,
        pack_digest=row.pack_digest,
        instead_of=row.instead_of,
        instead_of_name=row.instead_of_name,
        seats=tuple(own) if len(own) > 1 else (),
        large_text=row.large_text,
        waiting=sum(n for unit, account, n in notices if not avoided(scope, Subject(about_unit=unit, about_account=account))),
    )


def actor_for(post_id: int) -> Actor:
    """The actor of a post, for imports, stories and tests. One statement. Raises LookupError when there is no such post."""
    row = post_row(post_id)
    if row is None:
        raise LookupError(f"no post {post_id}")
    return actor_of(row)


def system_actor() -> Actor:
    """The worker and the automatic acts: sees every case, has no duty of its own."""
    return Actor(kind="system", name="", scope=Scope(everything=True))


def resident_actor(case_id: int) -> Actor:
    """The resident of one case, known by its tracking code."""
    return Actor(kind="resident", case_id=case_id)
