"""Photographs and documents of a case: what an act may bring along, and who sees and fetches them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from bihuan.access.looks import look_at_file
from bihuan.cases.errors import NotFound, Refused
from bihuan.cases.models import Case
from bihuan.cases.sheet import in_scope
from bihuan.files import selectors as files
from bihuan.files.errors import FileRefused
from bihuan.files.limits import MOST_OF_RESIDENT, MOST_PER_CASE
from bihuan.files.owners import is_reference
from bihuan.files.shapes import FileLine
from bihuan.rules.events import Event
from bihuan.rules.procedure.acts import FILES
from bihuan.rules.procedure.shape import Need

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


def references(events: Iterable[Event], *, by_resident: bool = False) -> set[str]:
    """The files that these events brought, or those that the resident brought. No statement: it stands in the ledger."""
    return {
        str(value)
        for event in events
        if not by_resident or event.by.kind == "resident"
        for fact in event.facts.values()
        for value in (fact if isinstance(fact, list) else (fact,))
        if is_reference(value)
    }


def check_enclosed(
    needs: Mapping[str, Need], facts: Mapping[str, Any], owner: str, events: Collection[Event], *, resident: bool, look: bool
) -> None:
    """Raises Refused for more files than a case holds.

    ``look``: ask now whether each waits for its ``owner``; otherwise that shows when they are attached, which undoes the act.
    """
    for name, need in needs.items():
        if need.type not in FILES or not facts.get(name):
            continue
        given = facts[name] if isinstance(facts[name], list | tuple) else [facts[name]]
        wanted = {one for one in given if isinstance(one, str)}
        full = len(references(events) | wanted) > MOST_PER_CASE
        if full or (resident and len(references(events, by_resident=True) | wanted) > MOST_OF_RESIDENT):
            raise Refused("bad_fact", FileRefused("case_full").say, name)
        if look and len(files.waiting(owner, wanted)) < len(wanted):
            raise Refused("bad_fact", FileRefused("gone").say, name)


def attached(actor: Actor, case_id: int, file_id: int) -> FileLine:
    """One attachment of a case that the actor sees; residents only what they added or what is public. Two statements.

    Raises NotFound.
    """
    seen = 0 < case_id < 2**63 and Case.objects.filter(in_scope(actor), pk=case_id).exists()
    line = files.one_of_case(case_id, file_id) if seen else None
    if line is None or (actor.kind == "resident" and not line.seen_by_resident):
        raise NotFound(_("There is no such file."))
    return line


def download(actor: Actor, case_id: int, file_id: int) -> tuple[FileLine, bytes]:
    """An attachment and its bytes; that one which is not public was fetched is entered in the ledger first.

    Raises NotFound, files.errors.NotReadable.
    """
    line = attached(actor, case_id, file_id)
    content = files.content(line)
    if not line.public:
        look_at_file(actor, line.id, case_id=case_id)
    return line, content


def small_picture(actor: Actor, case_id: int, file_id: int) -> bytes:
    """The small JPEG of a photograph. Raises NotFound, files.errors.NotReadable."""
    line = attached(actor, case_id, file_id)
    if not line.pictured:
        raise NotFound(_("There is no such file."))
    return files.content(line, thumb=True)
