"""What must hold of a township's rules before anybody agrees to them: they narrow the county's, can be lived with, and the
county's stories go on them as told (docs/rules/versions.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from bihuan.packs import Division, Pack, check_pack
from bihuan.packs import digest as digest_of
from bihuan.packs.trial.overlaid import Rehearsed, rehearsed
from bihuan.rulebook.selectors import calendar_for, pack, stamp_seen
from bihuan.rules.calendar import Calendar

T = TypeVar("T")
KEPT = 4
"""Proofs of a kind that a process remembers: the same rules are looked at, asked for and agreed to."""


@dataclass(frozen=True, slots=True)
class Proved:
    """``findings``: what the overlay may not or could not be lived with for, beyond what the county's rules have already."""

    findings: tuple[str, ...]
    stories: Rehearsed

    @property
    def holds(self) -> bool:
        """True when nothing stands in the way of a second person's agreement."""
        return not self.findings and not self.stories.failed


_proved: dict[tuple[str, ...], Proved] = {}  # by the content of both packs, the days that are loaded, and the areas


def remembered(proofs: dict[tuple[str, ...], T], rules: tuple[str, ...], areas: Sequence[Division], prove: Callable[[], T]) -> T:
    """What was proved of rules (by their digests) over the place's areas; proved now where this process no longer knows it."""
    key = (*rules, sha256(repr(tuple(areas)).encode()).hexdigest())
    found = proofs.get(key)
    if found is None:
        found = prove()
        for old in list(proofs)[: max(0, len(proofs) + 1 - KEPT)]:  # another thread may do the same just now
            proofs.pop(old, None)
        proofs[key] = found
    return found


def proved(over: Pack, areas: Sequence[Division]) -> Proved:
    """Prove an overlay over the place's areas and rehearse the stories. Some seconds the first time. Raises NotPublished."""
    county, stamp = pack(over.base_digest), stamp_seen()

    def prove() -> Proved:
        return _prove(over, county, areas, calendar_for(county, stamp=stamp))

    return remembered(_proved, (digest_of(over), stamp), areas, prove)


def _prove(over: Pack, county: Pack, areas: Sequence[Division], calendar: Calendar) -> Proved:
    found = dict.fromkeys(one.message for one in check_pack(over, areas, county))
    if found:
        known = {one.message for one in check_pack(county, areas)}
        found = dict.fromkeys(one for one in found if one not in known)
    return Proved(tuple(found), rehearsed(over, county, areas, calendar))
