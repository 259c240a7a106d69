"""Taking files in, attaching them to a case's event, making them public, erasing them, sweeping up what nobody took."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Left, Replace

from bihuan.files import store
from bihuan.files.errors import FileRefused, NotReadable
from bihuan.files.kinds import PICTURE, check_document, told
from bihuan.files.limits import FILE_BYTES
from bihuan.files.models import Attachment
from bihuan.files.names import kept_name
from bihuan.files.owners import of_resident, reference, salt_of
from bihuan.files.pictures import redraw
from bihuan.files.shapes import Taken
from bihuan.files.store import Incoming
from bihuan.ledger import clock
from bihuan.vault.free_text import masks_of

NAME_COLUMN = 120
"""Characters that the column of names holds: a mask may be longer than the name it covers."""
WAITS = timedelta(days=1)
"""How long a file waits for its act, and how old a blob must be before it counts as left behind."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A file that may be kept: what it is, where its bytes and those of its small picture lie."""

    kind: str
    name: str
    sent: str
    body: Incoming
    thumb: Incoming | None = None
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that an event brings into a case: whose it was, where it goes, whether the resident may see it at once.

    ``names``: the people of that case, who stand in no file's name.
    """

    ref: str
    owner: str
    case_id: int
    seq: int
    field: str
    public: bool
    names: tuple[str, ...] = ()


def take(
    arrived: Sequence[Incoming],
    *,
    owner: str,
    request_id: str,
    account: int = 0,
    at: datetime | None = None,
    names: Collection[str] = (),
) -> list[Taken | FileRefused]:
    """Look at each file, keep what can be kept, and let it wait for an act of ``owner``; each has its own outcome.

    Bytes are whole on the disk before the rows are written, in one statement. The same file sent again with the same
    ``request_id`` is the same attachment. ``names``: people known already, masked in the names of the files. Raises NotKept when
    the disk takes nothing.
    """
    outcomes: list[_Ready | FileRefused] = []
    try:
        outcomes.extend(_looked_at(one, names) for one in arrived)
        ready = [one for one in outcomes if isinstance(one, _Ready)]
        kept = _keep(ready, owner, request_id, account, at or clock.now()) if ready else {}
    finally:
        _clear(arrived, outcomes)
    return [one if isinstance(one, FileRefused) else kept[id(one)] for one in outcomes]


def _looked_at(arrived: Incoming, names: Collection[str]) -> _Ready | FileRefused:
    """What becomes of a file: drawn anew, kept as it is, or refused."""
    try:
        if arrived.size > FILE_BYTES:
            raise FileRefused("large")
        content = store.read(arrived.path)
        kind = told(content)
        if kind != PICTURE:
            check_document(kind, content)
            return _Ready(kind, kept_name(arrived.name, kind, names), arrived.digest, arrived)
        drawn = redraw(content)
    except FileRefused as refused:
        return refused
    except NotReadable:
        return FileRefused("damaged")
    name = kept_name(arrived.name, drawn.kind, names)
    body, thumb = store.incoming(name, drawn.image), store.incoming(name, drawn.thumb)
    return _Ready(drawn.kind, name, arrived.digest, body, thumb, drawn.width, drawn.height)


def _keep(ready: Sequence[_Ready], owner: str, request_id: str, account: int, at: datetime) -> dict[int, Taken]:
    taken: dict[int, Taken] = {}
    rows: dict[str, Attachment] = {}
    with store.held():  # no transaction round the work on the disk: others would wait for it
        for one in ready:
            digest = store.settle(one.body)
            thumb = store.settle(one.thumb) if one.thumb else ""
            salt = salt_of(owner, request_id, one.sent)
            ref = reference(salt, digest)
            taken[id(one)] = Taken(ref, one.name, one.body.size)
            rows[ref] = Attachment(
                ref=ref, salt=salt, owner=owner, name=one.name, kind=one.kind, size=one.body.size, width=one.width,
                height=one.height, digest=digest, thumb=thumb, account_id=account,
                by_resident=of_resident(owner), at=at,
            )  # fmt: skip
        Attachment.objects.bulk_create(rows.values(), ignore_conflicts=True)
    return taken


def _clear(arrived: Sequence[Incoming], outcomes: Sequence[_Ready | FileRefused]) -> None:
    """Nothing stays in the incoming folder, whatever became of the files."""
    left = [one.path for one in arrived]
    for one in outcomes:
        if isinstance(one, _Ready):
            left += [part.path for part in (one.body, one.thumb) if part]
    for path in left:
        path.unlink(missing_ok=True)


def attach(files: Sequence[Attached]) -> bool:
    """Bring waiting files into their cases, in the door's transaction: one statement for each event that brings any.

    The names of the people of the case are masked in the files' names in that same statement.
    False when one is not there, not its owner's, or taken already: the caller then undoes everything.
    """
    groups: dict[tuple[str, int, int, str, bool, tuple[str, ...]], set[str]] = {}
    for one in files:
        groups.setdefault((one.owner, one.case_id, one.seq, one.field, one.public, one.names), set()).add(one.ref)
    for (owner, case_id, seq, field, public, names), refs in groups.items():
        waiting = Attachment.objects.filter(ref__in=refs, owner=owner, case_id=0)
        if waiting.update(case_id=case_id, seq=seq, field=field, public=public, **_renamed(names)) != len(refs):
            return False
    return True


def _renamed(names: Collection[str]) -> dict[str, Combinable]:
    """What an UPDATE makes of the column ``name``: the names of these people masked, the longest first."""
    shown: Combinable = F("name")
    for name, covered in masks_of(names):
        shown = Replace(shown, Value(name), Value(covered))
    return {} if isinstance(shown, F) else {"name": Left(shown, NAME_COLUMN)}


def publish(case_id: int, refs: Collection[str]) -> None:
    """Let the resident see these files of the case. One statement."""
    Attachment.objects.filter(case_id=case_id, ref__in=set(refs)).update(public=True)


def erase_rows(case_id: int, ids: Collection[int] | None = None, *, at: datetime) -> list[str]:
    """Take name and salt from the case's files (all, or those numbered), in the caller's transaction; their references.

    The bytes go afterwards, with ``clear_erased``: never before it is certain that they shall.
    """
    chosen = Attachment.objects.filter(case_id=case_id, erased_at=None).exclude(case_id=0)
    if ids is not None:
        chosen = chosen.filter(pk__in=set(ids))
    rows = list(chosen.select_for_update().values_list("pk", "ref"))
    Attachment.objects.filter(pk__in=[number for number, _ in rows]).update(name="", salt="", erased_at=at)
    return sorted(ref for _, ref in rows)


def clear_erased(case_id: int) -> int:
    """Take away the bytes of a case's erased files where no other attachment has the same; how many blobs. May be repeated."""
    rows = Attachment.objects.filter(case_id=case_id).exclude(erased_at=None).values_list("digest", "thumb")
    return _remove_unnamed({digest for row in rows for digest in row if digest})


def _remove_unnamed(digests: Collection[str]) -> int:
    """Remove those blobs that no attachment names any more; while nobody else is keeping any."""
    with store.held(alone=True):
        named = Attachment.objects.filter(Q(digest__in=digests) | Q(thumb__in=digests), erased_at=None)
        still = {digest for row in named.values_list("digest", "thumb") for digest in row}
        return store.remove(set(digests) - still)


def sweep(*, everything: bool = False) -> int:
    """Clear away files that nobody took within a day, and blobs and uploads left behind by a crash; how many blobs.

    Blobs are looked through in turn, one of 256 folders each hour; ``everything``: all of them now.
    """
    now = clock.now()
    before = now - WAITS
    old = Attachment.objects.filter(case_id=0, at__lt=before)
    digests = {digest for row in old.values_list("digest", "thumb") for digest in row if digest}
    old.delete()
    for path in store.stale_incoming(before.timestamp()):
        path.unlink(missing_ok=True)
    prefix = "" if everything else f"{int(now.timestamp() // 3600) % 256:02x}"
    digests |= {digest for digest, changed in store.blobs(prefix) if changed < before.timestamp()}
    return _remove_unnamed(digests) if digests else 0
