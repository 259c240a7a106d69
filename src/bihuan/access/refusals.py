"""What somebody signed in asked for without the duty: an entry, so that whoever watches over the place can see it tried."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.db import OperationalError

from bihuan.access.actors import Actor
from bihuan.ledger.services import record
from bihuan.rules.terms import FactValue
from bihuan.vault import keyed_hash

ONCE_IN = 600
"""Seconds in which the same post is entered once for the same address: nobody can flood the ledger by asking again."""
WHERE_LONGEST = 120
log = logging.getLogger(__name__)


def note_refused(actor: Actor, *, where: str, method: str, case: int = 0) -> bool:
    """Enter that this actor was refused; True where it was entered, False when it was so a moment ago.

    ``where``: the address's pattern ("desk/case/<int:case_id>/unmask"), never the address itself; ``case``: the number in it,
    0 for none. What cannot be kept just now (a full disk) is a line of the log: who is refused stays refused.
    """
    key = "refused:" + keyed_hash(f"{actor.post_id}|{method}|{where}|{case}", "exact")[:32]
    facts: dict[str, FactValue] = {"where": where[:WHERE_LONGEST], "method": method, "case": case}
    try:
        if not cache.add(key, 1, ONCE_IN):
            return False
        record(f"refused:{actor.account}", "access_refused", by=actor.doer(), facts=facts, area=actor.area_code)
    except OperationalError:
        log.warning("a refusal could not be entered")
        return False
    return True
