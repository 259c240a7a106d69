"""One area changed: renamed, added from a day on, ended after a day. Each is an entry of the stream ``places``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.boundaries.services import STREAM, CannotRedraw, next_code
from bihuan.cases.gist import count_lying
from bihuan.ledger.acts import wait_for_acts
from bihuan.ledger.services import record
from bihuan.packs.shape import Pack
from bihuan.people.services import create_units, end_unit, lock_organisation, touch_organisation, units_of_pack
from bihuan.people.services.units import units_in
from bihuan.places import selectors as places
from bihuan.places.selectors import AreaFact
from bihuan.places.services import AreaRow, BadAreaRow, end_area, load_areas

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


def _known(code: str) -> AreaFact:
    found = places.area(code)
    if found is None or found.valid_to is not None:
        raise CannotRedraw(_("This area does not exist any more."))
    return found


def _named(name: str) -> str:
    words = " ".join(name.split())[:80]
    if not words:
        raise CannotRedraw(_("The area needs a name."))
    return words


@transaction.atomic
def rename(*, actor: Actor, code: str, name: str) -> None:
    """Give an area another name; its code and everything that lies in it stay. Raises CannotRedraw."""
    fact, words = _known(code), _named(name)
    if words == fact.name:
        return
    touch_organisation()  # the directory knows units' areas by name
    load_areas([AreaRow(code, words, fact.level, fact.parent)])
    record(STREAM, "area_renamed", by=actor.doer(), facts={"code": code, "from": fact.name, "to": words}, area=code)


@transaction.atomic
def add(*, actor: Actor, pack: Pack, parent: str, name: str, code: str = "", begins: date) -> str:
    """Add an area below another one, with the units that the pack founds there; its code. Raises CannotRedraw."""
    lock_organisation()  # the area above is not ended meanwhile
    above, words = _known(parent), _named(name)
    keys = [level.key for level in pack.levels]
    if above.level not in keys[:-1]:
        raise CannotRedraw(_("Nothing lies below this level."))
    level = keys[keys.index(above.level) + 1]
    code = code.strip() or next_code(parent)
    if places.area(code) is not None:
        raise CannotRedraw(_("The code %(code)s has been used already.") % {"code": code})
    try:
        load_areas([AreaRow(code, words, level, parent)], valid_from=begins)
    except BadAreaRow as error:
        raise CannotRedraw(_("%(code)s is no code below %(parent)s.") % {"code": code, "parent": parent}) from error
    tree = [*places.ancestors(code), *places.areas([code]).values()]
    create_units([row for row in units_of_pack(pack, tree) if row.area_code == code], by=actor.doer())
    record(STREAM, "area_added", by=actor.doer(), facts={"code": code, "name": words}, area=code)
    return code


@transaction.atomic
def end(*, actor: Actor, code: str, last_day: date) -> None:
    """End an area after a day; refused while anything lies in it, acts under way included. Raises CannotRedraw."""
    wait_for_acts()
    lock_organisation()
    fact = _known(code)
    if not fact.parent:
        raise CannotRedraw(_("The whole place cannot end."))
    if places.children(code, on=last_day + timedelta(days=1)):
        raise CannotRedraw(_("Areas below it still exist: merge or end them first."))
    open_here = count_lying([code])
    if open_here:
        raise CannotRedraw(
            _("Open matters still lie here: %(n)d. Merge the area with another one, then they follow.") % {"n": open_here}
        )
    end_area(code, last_day=last_day)
    for unit in units_in([code]):
        end_unit(unit.id, last_day=last_day, by=actor.doer())
    record(STREAM, "area_ended", by=actor.doer(), facts={"code": code, "last_day": last_day.isoformat()}, area=code)


@transaction.atomic
def add_many(*, actor: Actor, pack: Pack, rows: Sequence[tuple[str, str, str]], begins: date) -> int:
    """Add areas of the lowest level, (area above, name, code or "") each, with their units; how many. Raises CannotRedraw.

    What is there already under the same name is left as it is, so the same list again adds nothing.
    """
    lock_organisation()
    level = pack.levels[-1].key
    known = {(fact.parent, fact.name) for fact in places.of_level(level) if fact.valid_to is None}
    used: dict[str, int] = {}
    for fact in places.of_level(level):
        used[fact.parent] = max(used.get(fact.parent, 0), int(fact.code[len(fact.parent) :]))
    made: list[AreaRow] = []
    for above, name, code in rows:
        if (above, name) in known:
            continue
        known.add((above, name))
        used[above] = max(used.get(above, 0), int(code[len(above) :])) if code else used.get(above, 0) + 1
        made.append(AreaRow(code or f"{above}{used[above]:03d}", _named(name), level, above))
    if not made:
        return 0
    try:
        load_areas(made, valid_from=begins)
    except BadAreaRow as error:
        raise CannotRedraw(_("%(code)s cannot be taken in.") % {"code": error.code}) from error
    codes = {row.code for row in made}
    wanted = {code[:width] for code in codes for width in (6, 9, 12, 15)}
    create_units([row for row in units_of_pack(pack, places.areas(wanted).values()) if row.area_code in codes], by=actor.doer())
    record(STREAM, "areas_added", by=actor.doer(), facts={"count": len(made)})
    return len(made)
