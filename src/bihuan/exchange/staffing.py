"""A list of the staff with their posts into accounts: look first, then take in; the same list again adds nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.exchange.faults import RowFault
from bihuan.exchange.lists import ListField, ListRow, Planned, header_of, read_list, refused_cell
from bihuan.packs.shape import Pack
from bihuan.people import identifiers, staff
from bihuan.people import selectors as people
from bihuan.people.directory import OrgDirectory
from bihuan.people.services import AccountRow, PostRow, create_accounts, give_posts, lock_organisation, posts_apart

FIELDS = (
    ListField(key="name", words=("姓名", "name"), example="张伟", needed=True),
    ListField(key="username", words=("用户名", "登录名", "username", "user name", "login"), example="zhangwei"),
    ListField(key="staff_no", words=("工号", "人员编号", "staff number", "staff no"), example="G0001"),
    ListField(key="mobile", words=("手机号", "手机", "手机号码", "mobile"), example="13800138000"),
    ListField(key="unit", words=("单位", "所在单位", "单位名称", "部门", "unit"), example="县住建局"),
    ListField(key="post", words=("岗位", "岗位名称", "职务", "post"), example="经办人"),
)
NAME_MAX = 60
NEW, POST, KNOWN = "new", "post", "known"
"""Outcomes of a row: an account is opened (with its post), a post is given, everything is there already."""


@dataclass(slots=True)
class _Book:
    """What a list is held against: the organisation and the people of one moment, and what earlier rows add."""

    pack: Pack
    directory: OrgDirectory
    units: Mapping[str, list[int]]
    posts: Mapping[str, Collection[str]]
    apart: Mapping[str, frozenset[str]]
    known: dict[str, staff.Known]
    own: int
    accounts: list[AccountRow] = field(default_factory=list)
    given: list[tuple[str, int, str]] = field(default_factory=list)


def plan(content: bytes, *, actor: Actor, pack: Pack, today: date) -> Planned:
    """What would become of each row; nothing is written. Raises FileRefused."""
    return _planned(content, actor, pack, today)[0]


def take_in(content: bytes, *, actor: Actor, pack: Pack, today: date) -> Planned:
    """Open the accounts and give the posts of every row that has nothing wrong, all in one transaction. Raises FileRefused."""
    with transaction.atomic():
        lock_organisation()
        planned, book = _planned(content, actor, pack, today)
        if book.accounts:
            create_accounts(book.accounts, by=actor.doer())
        if book.given:
            keys = staff.unit_keys({unit for _name, unit, _post in book.given})
            rows = [PostRow(username=name, unit_key=keys[unit], key=post) for name, unit, post in book.given]
            give_posts(rows, valid_from=today, apart=posts_apart(pack), by=actor.doer())
    return planned


def _planned(content: bytes, actor: Actor, pack: Pack, today: date) -> tuple[Planned, _Book]:
    listed = read_list(content, FIELDS)
    planned = Planned(listed)
    directory = people.directory()
    units: dict[str, list[int]] = {}
    for kind in pack.unit_kinds:
        for fact in directory.all_of(kind.key):
            units.setdefault(_folded(directory.name_of(fact.id)), []).append(fact.id)
    for unit, key in staff.unit_keys().items():
        units.setdefault(_folded(key), []).append(unit)
    posts: dict[str, set[str]] = {}
    for post in pack.posts:
        for word in (post.key, post.title):
            posts.setdefault(_folded(word), set()).add(post.key)
    book = _Book(pack, directory, units, posts, posts_apart(pack), staff.known_people(today), actor.account)
    for row in listed.rows:
        _row(row, planned, book)
    return planned, book


def _folded(text: str) -> str:
    return "".join(identifiers.normal(text).split())


def _row(row: ListRow, planned: Planned, book: _Book) -> None:
    """Judge one row and note what it adds."""
    fault = refused_cell(row, FIELDS)
    if fault is not None:
        planned.faults.append(fault)
        return
    found = _person(row, book)
    if isinstance(found, RowFault):
        planned.faults.append(found)
        return
    person, account = found
    seat = _seat(row, book)
    if isinstance(seat, RowFault):
        planned.faults.append(seat)
        return
    words = f"{row.text('name')} · {person.username}"
    if seat is not None:
        unit, post = seat
        say = _refused_seat(person, post, book)
        if say:
            planned.refuse(row.line, say, header_of(FIELDS, "post"))
            return
        words += f" · {book.directory.name_of(unit)}"
        if (unit, post) in person.seats:
            seat = None
        else:
            person.seats.add((unit, post))
            book.given.append((person.username, unit, post))
    if account is not None:
        book.accounts.append(account)
        for name in _names(account):
            book.known[name] = person
    planned.take(row.line, words, NEW if account else POST if seat else KNOWN)


def _names(account: AccountRow) -> list[str]:
    names = [identifiers.normal(account.username), identifiers.normal(account.staff_no)]
    return [name for name in (*names, staff.mobile_key(account.mobile)) if name]


def _person(row: ListRow, book: _Book) -> tuple[staff.Known, AccountRow | None] | RowFault:
    """Who the row is about: somebody known by user name, staff number or mobile number, or a new account."""
    name, mobile = row.text("name"), row.text("mobile")
    staff_no = identifiers.normal(row.text("staff_no"))
    username = identifiers.normal(row.text("username"))
    if not username and staff_no:
        username = staff_no if identifiers.is_username(staff_no) else f"u{staff_no}"
    key, say = _unfit(name, username, staff_no, mobile)
    met = {id(one): one for word in (username, staff_no, staff.mobile_key(mobile)) if word and (one := book.known.get(word))}
    person = next(iter(met.values()), None)
    if not say and len(met) > 1:
        key, say = "username", _("User name, staff number and mobile number belong to different people.")
    elif not say and person is not None and person.name != name:
        key, say = "name", _("This account belongs to somebody with another name: %(name)s.") % {"name": person.name}
    elif not say and person is not None and not person.active:
        key, say = "name", _("This account was ended; put it back into service first.")
    if say:
        return RowFault(line=row.line, column=header_of(FIELDS, key), say=say)
    if person is not None:
        return person, None
    account = AccountRow(username=username, name=name, staff_no=staff_no, mobile=mobile)
    return staff.Known(0, username, name, True, set()), account


def _unfit(name: str, username: str, staff_no: str, mobile: str) -> tuple[str, str]:
    """The first field that cannot be kept, and why; "" when all can."""
    if not name or len(name) > NAME_MAX:
        return "name", _("A name of at most 60 characters is needed.")
    if mobile and not identifiers.mobile_digits(mobile):
        return "mobile", _("This is not a mobile number.")
    if staff_no and not identifiers.is_staff_no(staff_no):
        return "staff_no", _("Letters and digits only, and not a mobile number.")
    if not username:
        return "username", _("A user name or a staff number is needed for a new account.")
    if not identifiers.is_username(username):
        return "username", _("A letter first, then letters, digits, dot, hyphen or underscore; at least two characters.")
    return "", ""


def _seat(row: ListRow, book: _Book) -> tuple[int, str] | RowFault | None:
    """The unit and post that the row names, None where it names none."""
    unit_words, post_words = row.text("unit"), row.text("post")
    if not unit_words and not post_words:
        return None
    units = book.units.get(_folded(unit_words), [])
    if len(units) != 1:
        say = _("Several units are called that; write the unit's key.") if units else _("There is no such unit.")
        return RowFault(line=row.line, column=header_of(FIELDS, "unit"), say=f"{say} “{unit_words[:40]}”")
    fact = book.directory.unit(units[0])
    fitting = [
        post.key
        for post in book.pack.posts
        if fact and fact.kind in post.unit_kinds and post.key in book.posts.get(_folded(post_words), ())
    ]
    if len(fitting) != 1:
        say = _("This unit has no such post.")
        return RowFault(line=row.line, column=header_of(FIELDS, "post"), say=f"{say} “{post_words[:40]}”")
    return units[0], fitting[0]


def _refused_seat(person: staff.Known, post: str, book: _Book) -> str:
    """Why this person may not be given this post, "" when they may."""
    if person.id and person.id == book.own:
        return _("Nobody gives a post to themselves; another administrator does it.")
    held = {key for _unit, key in person.seats}
    if held & book.apart.get(post, frozenset()):
        return _("One person may not hold both posts: the administrators of this place are kept apart.")
    return ""
