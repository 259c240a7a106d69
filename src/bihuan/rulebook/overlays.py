"""What must hold of a township's rules before anybody agrees to them: they narrow the county's, can be lived with, and the
county's stories go on them as told (docs/rules/versions.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from bihuan.packs import Division, Pack, check_pack
from bihuan.packs import digest as digest_of
from bihuan.packs.trial.overlaid import Rehearsed, rehearsed
from bihuan.rulebook.selectors import calendar_for, calendar_stamp, pack
from bihuan.rules.calendar import Calendar

KEPT = 4
"""Proofs that a process remembers: the same overlay is looked at, asked for and agreed to."""


@dataclass(frozen=True, slots=True)
class Proved:
    """``findings``: what the overlay may not or could not be lived with for, beyond what the county's rules have already."""

    findings: tuple[str, ...]
    stories: Rehearsed

    @property
    def holds(self) -> bool:
        """True when nothing stands in the way of a second person's agreement."""
        return not self.findings and not self.stories.failed


_proved: dict[tuple[str, str, str], Proved] = {}  # by the content of both packs, the areas, and the days that are loaded


def proved(over: Pack, areas: Sequence[Division]) -> Proved:
    """Prove an overlay over the place's areas and rehearse the stories. Some seconds the first time. Raises NotPublished."""
    county, stamp = pack(over.base_digest), calendar_stamp()
    key = (digest_of(over), sha256(repr(tuple(areas)).encode()).hexdigest(), stamp)
    found = _proved.get(key)
    if found is None:
        found = _prove(over, county, areas, calendar_for(county, stamp=stamp))
        for old in list(_proved)[: max(0, len(_proved) + 1 - KEPT)]:  # another thread may do the same just now
            _proved.pop(old, None)
        _proved[key] = found
    return found


def _prove(over: Pack, county: Pack, areas: Sequence[Division], calendar: Calendar) -> Proved:
    found = dict.fromkeys(one.message for one in check_pack(over, areas, county))
    if found:
        known = {one.message for one in check_pack(county, areas)}
        found = dict.fromkeys(one for one in found if one not in known)
    return Proved(tuple(found), rehearsed(over, county, areas, calendar))
