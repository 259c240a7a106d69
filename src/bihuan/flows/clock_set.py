"""The server's clock may be set: what the worker does when it was set back, and when it believes the clock enough to erase.

What has happened keeps its time, and nothing in a matter comes before what was there. What was only meant to wait is put
right: work, sessions, failures that a clock running ahead left for a time far away. What cannot be undone (erasing what is
over) waits until the clock has gone on for a day, as the anchors show: a clock that jumps years ahead erases nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bihuan.access import lockout, sessions
from bihuan.ledger import anchors
from bihuan.ledger.services import bring_forward

log = logging.getLogger(__name__)
BACK = timedelta(minutes=1)
"""A clock is kept right by small steps; more than this was somebody's hand, or a fault."""
SETTLED = timedelta(days=1)


class Watch:
    """Notices that the clock was set back. The first look puts things right too: it may have happened while nothing ran."""

    def __init__(self) -> None:
        self._latest: datetime | None = None

    def look(self, now: datetime) -> bool:
        """Put things right where needed; True when that was done. What failed is tried again at the next look."""
        if self._latest is not None and now >= self._latest - BACK:
            self._latest = max(now, self._latest)
            return False
        if self._latest is not None:
            log.warning("the clock was set back by %d seconds", (self._latest - now).total_seconds())
        brought = bring_forward(now)
        ended = sessions.sweep()
        lockout.sweep()
        if brought:
            log.warning("%d pieces of work had been left for a time far away; %d sessions ended", brought, ended)
        self._latest = now
        return True


def is_settled(now: datetime) -> bool:
    """True when anchors were noted both a day ago and in the hours since: the clock has gone on for a day without a leap.

    A place in its first day, or one that stood still for days, waits a day. Raises DamagedAnchors.
    """
    return anchors.noted_between(now - 2 * SETTLED, now - SETTLED)
