"""A request as the door receives it: storable text, a digest of what is asked, and the answer if it was asked before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from bihuan.cases.batch import Asked
from bihuan.cases.errors import Refused, RequestReused
from bihuan.cases.words import is_storable
from bihuan.ledger.selectors import Kept, recall
from bihuan.ledger.services import LASTING
from bihuan.rules.procedure.view import Refusal
from bihuan.vault import keyed_hash

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

LONGEST_ID = 80
COUNTY = 0
"""Stands for the account in requests that are the same whoever sends them."""


def check_storable(facts: Mapping[str, Any]) -> None:
    """Raises Refused(bad_fact) for text that cannot be kept: the same verdict on every database."""
    for name, value in facts.items():
        if isinstance(value, str) and is_storable(value) and is_storable(name):
            continue
        for text in (name, *(value if isinstance(value, list | tuple) else (value,))):
            if isinstance(text, str) and not is_storable(text):
                raise Refused("bad_fact", _("This holds characters that cannot be stored."), str(name)[:60])


def asked(actor: Actor, request_id: str, what: Mapping[str, Any]) -> Asked | None:
    """The request to remember; None for the system, whose acts are lawful only once. Raises Refused for an unusable id.

    Residents have no account: their ids are kept apart by case. A row of a table (``LASTING``) is the county's, not its
    sender's: whoever sends the same table again adds nothing.
    """
    if actor.kind == "system" and not request_id:
        return None
    if not 1 <= len(request_id) <= LONGEST_ID or not request_id.isascii() or not request_id.isprintable():
        raise Refused("bad_fact", _("The request needs an id of 1 to 80 plain characters."), "request_id")
    digest = keyed_hash(_SAID.encode(what), "exact")  # a bare digest over few unknown words, a phone say, could be guessed back
    if actor.kind == "resident":
        return Asked(actor.account, f"{actor.case_id}:{request_id}", digest)
    return Asked(COUNTY if request_id.startswith(LASTING) else actor.account, request_id, digest)


def _plain_json(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise Refused("bad_fact", _("This cannot be read."))


_SAID = json.JSONEncoder(sort_keys=True, default=_plain_json, separators=(",", ":"))


def answered(request: Asked | None, kept: Kept | None = None) -> dict[str, Any] | None:
    """What was answered to this request before, None when it is new. Raises RequestReused when it asks something else."""
    if request is None:
        return None
    kept = kept or recall(request.account, request.request_id)
    if kept is None:
        return None
    if kept.digest != request.digest:
        raise RequestReused(_("This request was already used for something else. Reload the page and try again."))
    answer: dict[str, Any] = json.loads(kept.answer)
    return answer


def refused(refusal: Refusal) -> Refused:
    """The refusal as an error, in the reader's language."""
    say = _(refusal.msgid) % refusal.params if refusal.msgid else refusal.say
    return Refused(refusal.code, say, refusal.field)
