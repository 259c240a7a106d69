"""Reading attachments. Whether somebody may see the case they belong to is asked above, in ``cases``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from bihuan.files import store
from bihuan.files.errors import NotReadable
from bihuan.files.models import Attachment
from bihuan.files.owners import reference
from bihuan.files.shapes import FileLine, Taken

if TYPE_CHECKING:
    from django.db.models import QuerySet

PAGE = 500


def of_case(case_id: int) -> tuple[FileLine, ...]:
    """Everything attached to a case, in the order it came, erased rows too. One statement."""
    return _lines(Attachment.objects.filter(case_id=case_id).exclude(case_id=0).order_by("pk"))


def one_of_case(case_id: int, file_id: int) -> FileLine | None:
    """One attachment of that case, not an erased one; None when there is none. One statement."""
    if not 0 < file_id < 2**63 or case_id <= 0:
        return None
    return next(iter(_lines(Attachment.objects.filter(case_id=case_id, pk=file_id, erased_at=None))), None)


def waiting(owner: str, refs: Collection[str]) -> dict[str, Taken]:
    """Of these references those that wait for an act of this owner. One statement, none for no references."""
    if not refs:
        return {}
    rows = Attachment.objects.filter(owner=owner, case_id=0, ref__in=set(refs)).values_list("ref", "name", "size")
    return {ref: Taken(ref, name, size) for ref, name, size in rows}


def content(line: FileLine, *, thumb: bool = False) -> bytes:
    """The bytes of an attachment or of its small picture. Raises NotReadable when they are gone or not the ones kept."""
    digest = line.thumb if thumb else line.digest
    if not digest or not store.is_whole(digest):
        raise NotReadable(f"attachment {line.id}")
    return store.read(store.path_of(digest))


def altered() -> Iterator[int]:
    """Numbers of the attachments whose bytes are gone or are not those the ledger speaks of."""
    after = 0
    while rows := list(
        Attachment.objects.filter(pk__gt=after, erased_at=None)
        .order_by("pk")
        .values_list("pk", "ref", "salt", "digest", "thumb")[:PAGE]
    ):
        for number, ref, salt, digest, thumb in rows:
            if ref != reference(salt, digest) or not all(store.is_whole(one) for one in (digest, thumb) if one):
                yield number
        after = rows[-1][0]


def _lines(rows: QuerySet[Attachment]) -> tuple[FileLine, ...]:
    return tuple(
        FileLine(
            id=row.pk, ref=row.ref, case_id=row.case_id, seq=row.seq, name=row.name, kind=row.kind, size=row.size,
            width=row.width, height=row.height, pictured=bool(row.thumb), by_resident=row.by_resident, public=row.public,
            at=row.at, erased=row.erased_at is not None, digest=row.digest, thumb=row.thumb,
        )
        for row in rows
    )  # fmt: skip
