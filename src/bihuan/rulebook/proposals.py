"""A version is asked for by one person and published when a second one agrees; both are in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from bihuan.ledger import clock
from bihuan.ledger.services import record
from bihuan.packs import Division, Pack, canonical, from_canonical
from bihuan.packs import digest as digest_of
from bihuan.rulebook.errors import NotDecidable, NotNarrowing, NotPublished, VersionTaken
from bihuan.rulebook.models import PackVersion, Proposal
from bihuan.rulebook.overlays import proved
from bihuan.rulebook.selectors import in_force
from bihuan.rulebook.selectors import pack as pack_of
from bihuan.rulebook.services import end_overlay, locked_in_force, publish
from bihuan.rules.terms import Doer
from bihuan.vault.free_text import hide

ASKED, PUBLISHED, REFUSED, WITHDRAWN = "asked", "published", "refused", "withdrawn"


class Proposed(NamedTuple):
    """A proposal as pages show it. Accounts are ids, 0 = nobody yet."""

    id: int
    name: str
    version: str
    digest: str
    against: str
    reason: str
    asked_at: datetime
    asked_by: int
    state: str
    decided_at: datetime | None
    decided_by: int
    words: str

    @property
    def ends(self) -> bool:
        """True where it asks that an area's own rules (``against``) end, and nothing is published in their place."""
        return not self.version


def proposals(*, state: str = "", limit: int = 50) -> list[Proposed]:
    """The proposals, newest first: all, or those that stand so. One statement."""
    found = Proposal.objects.filter(state=state) if state else Proposal.objects.all()
    return [Proposed(*row) for row in found.order_by("-id").values_list(*Proposed._fields)[:limit]]


def proposal(number: int) -> tuple[Proposed, Pack] | None:
    """One proposal and the rules it asks for, the whole place's where it ends an area's own; None when there is none.

    One statement, one more where an end is asked for and this process does not know those rules.
    """
    row = Proposal.objects.filter(pk=number).values_list(*Proposed._fields, "canonical").first()
    if row is None:
        return None
    asked = Proposed(*row[:-1])
    return asked, pack_of(asked.digest) if asked.ends else from_canonical(bytes(row[-1]))


def propose(pack: Pack, *, against: str, reason: str, by: Doer, at: datetime | None = None) -> int:
    """Ask for a version that changes the one in force (``against``, a digest); its number.

    Raises NotDecidable: taken (this version is published, or asked for), stale (``against`` is not in force; of an overlay:
    not in force in its area, or its county's rules are not).
    """
    moment, digest = at or clock.now(), pack.digest or digest_of(pack)
    with transaction.atomic():
        _check_in_force(pack, against)
        same = {"name": pack.name, "version": pack.version}
        if PackVersion.objects.filter(**same).exists() or Proposal.objects.filter(**same, state=ASKED).exists():
            raise NotDecidable("taken")
        row = Proposal.objects.create(
            **same,
            digest=digest,
            against=against,
            canonical=canonical(pack),
            reason=hide(reason)[0],
            asked_at=moment,
            asked_by=by.account,
        )
        record(
            f"pack:{pack.name}", "pack_proposed", by=by, at=moment,
            facts={"version": pack.version, "digest": digest, "against": against, "proposal": row.pk},
        )  # fmt: skip
    return row.pk


def propose_end(against: str, *, reason: str, by: Doer, at: datetime | None = None) -> int:
    """Ask that the overlay in force (``against``, a digest) ends, and its area goes by the whole place's rules again; its number.

    Raises NotDecidable: stale (it is not in force), asked (that was asked for already); NotPublished.
    """
    moment, over = at or clock.now(), pack_of(against)
    with transaction.atomic():
        county = _check_overlay_in_force(over.covers, against)
        if Proposal.objects.filter(against=against, version="", state=ASKED).exists():
            raise NotDecidable("asked")
        row = Proposal.objects.create(
            name=over.name, version="", digest=county, against=against, canonical=b"", reason=hide(reason)[0], asked_at=moment,
            asked_by=by.account,
        )  # fmt: skip
        record(
            f"pack:{over.name}", "overlay_end_proposed", by=by, at=moment,
            facts={"area": over.covers, "against": against, "proposal": row.pk},
        )  # fmt: skip
    return row.pk


def agree(
    number: int, by: Doer, at: datetime | None = None, *, overlay: Pack | None = None, areas: Sequence[Division] = ()
) -> Pack:
    """Publish what was asked for, as the second person, or end what was asked to end; the pack, now in force there.

    An overlay is published only when it narrows the county's rules and the county's stories go on it as told: it comes along
    as it was read (``overlay``), with the place's areas on which it is proved.
    Raises NotDecidable: gone, same_person, stale, taken, looser, story.
    """
    moment = at or clock.now()
    if overlay is not None:
        _check_overlay(overlay, areas)  # before the transaction: it takes some seconds, and what was asked for never changes
    with transaction.atomic():
        row = _asked(number)
        if row.asked_by == by.account:
            raise NotDecidable("same_person")
        if not row.version:
            return _end(row, by, moment)
        pack = from_canonical(bytes(row.canonical))
        force = _check_in_force(pack, row.against)
        if pack.base and (overlay is None or digest_of(overlay) != row.digest):
            raise NotDecidable("looser")
        try:
            publish(pack, by, moment, approved_by=by.account, asked_by=row.asked_by, force=force)
        except VersionTaken as error:
            raise NotDecidable("taken") from error
        except NotNarrowing as error:
            raise NotDecidable("stale") from error
        _decide(row, PUBLISHED, by, moment)
    return pack


def _end(row: Proposal, by: Doer, at: datetime) -> Pack:
    """The area goes by the whole place's rules from now on; those."""
    area = pack_of(row.against).covers
    county = _check_overlay_in_force(area, row.against)
    end_overlay(area, by, at, proposal=row.pk)
    _decide(row, PUBLISHED, by, at)
    return pack_of(county)


def refuse(number: int, by: Doer, *, words: str, at: datetime | None = None) -> None:
    """Say no, with a reason; whoever asked withdraws it instead. Raises NotDecidable: gone."""
    moment = at or clock.now()
    with transaction.atomic():
        row = _asked(number)
        state = WITHDRAWN if row.asked_by == by.account else REFUSED
        _decide(row, state, by, moment, hide(words)[0])
        record(
            f"pack:{row.name}", f"pack_{state}", by=by, at=moment,
            facts={"version": row.version, "digest": row.digest, "proposal": row.pk},
        )  # fmt: skip


def _asked(number: int) -> Proposal:
    row = Proposal.objects.select_for_update().filter(pk=number, state=ASKED).first()
    if row is None:
        raise NotDecidable("gone")
    return row


def _check_in_force(pack: Pack, against: str) -> dict[str, str]:
    """What is changed is in force, and stays so until the transaction ends; what is. Raises NotDecidable: stale."""
    force = locked_in_force(pack.covers)
    if pack.base:  # the area's own row may have come while the lock was waited for
        force = in_force()
    now = force.get(pack.covers) or force.get("")
    if against != now or (pack.base and pack.base_digest != force.get("")):
        raise NotDecidable("stale")
    return force


def _check_overlay_in_force(area_code: str, digest: str) -> str:
    """An area's own rules are in force, and stay so until the transaction ends; the whole place's. Raises NotDecidable: stale."""
    locked_in_force(area_code)
    force = in_force()
    if not area_code or force.get(area_code) != digest:
        raise NotDecidable("stale")
    return force[""]


def _check_overlay(pack: Pack, areas: Sequence[Division]) -> None:
    try:
        found = proved(pack, areas)
    except NotPublished as error:
        raise NotDecidable("stale") from error
    if found.findings:
        raise NotDecidable("looser", found.findings[0])
    if found.stories.failed:
        raise NotDecidable("story", found.stories.failed[0].story.title)


def _decide(row: Proposal, state: str, by: Doer, at: datetime, words: str = "") -> None:
    row.state, row.decided_at, row.decided_by, row.words = state, at, by.account, words
    row.save(update_fields=["state", "decided_at", "decided_by", "words"])
