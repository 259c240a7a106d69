"""Files on their way into a case: kept sealed, waiting for their owner's act, attached once, erased, swept."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bihuan.access.actors import Actor, resident_actor
from bihuan.config.statements import counted
from bihuan.files import selectors, store
from bihuan.files.errors import FileRefused, NotKept, NotReadable
from bihuan.files.models import Attachment
from bihuan.files.owners import owner_of
from bihuan.files.services import Attached, attach, clear_erased, erase_rows, sweep, take
from bihuan.files.shapes import Taken
from bihuan.ledger import clock as product_clock
from tests.factories.pictures import pdf, photograph, picture

pytestmark = pytest.mark.django_db
OWNER = "staff:7"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: object) -> None:
    monkeypatch.setattr(settings, "FILES", tmp_path / "files")


def taken(content: bytes, *, owner: str = OWNER, request: str = "request-1", name: str = "灯.jpg") -> Taken | FileRefused:
    return take([store.incoming(name, content)], owner=owner, request_id=request, account=7)[0]


def kept(content: bytes, **more: str) -> Taken:
    found = taken(content, **more)
    assert isinstance(found, Taken)
    return found


def bring(one: Taken, *, owner: str = OWNER, case_id: int = 1, public: bool = False) -> bool:
    return attach([Attached(one.ref, owner, case_id, 3, "files", public)])


def blobs() -> list[str]:
    return sorted(digest for digest, _changed in store.blobs())


# -- the folder ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, store.PIECE - 1, store.PIECE, store.PIECE + 1, 3 * store.PIECE + 17])
def test_what_is_put_in_comes_out(size: int) -> None:
    data = os.urandom(size)
    arrived = store.incoming("a", data)
    assert (arrived.size, store.read(arrived.path)) == (size, data)
    assert data[:40] not in arrived.path.read_bytes() or size < 40
    with store.held():
        assert store.is_whole(store.settle(arrived))


def three_pieces() -> Path:
    with store.held():
        return store.path_of(store.settle(store.incoming("a", os.urandom(3 * store.PIECE))))


PIECE = store.PIECE + store.SEAL_BYTES


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data[: 16 + 2 * PIECE],
        lambda data: data[:16] + data[16 + PIECE :],
        lambda data: data[:16] + data[16 + PIECE : 16 + 2 * PIECE] + data[16 : 16 + PIECE] + data[16 + 2 * PIECE :],
        lambda data: data[:500] + bytes([data[500] ^ 1]) + data[501:],
        lambda data: bytes([data[0] ^ 1]) + data[1:],
        lambda data: data[:-1],
    ],
    ids=["end cut off", "piece left out", "pieces swapped", "bit turned", "other binding", "byte lost"],
)
def test_harm_to_a_blob_is_seen(harm: Any) -> None:
    path = three_pieces()
    assert store.is_whole(path.name)
    path.write_bytes(harm(path.read_bytes()))
    assert not store.is_whole(path.name)
    with pytest.raises(NotReadable):
        store.read(path)


def test_one_blob_in_the_place_of_another_is_seen() -> None:
    one, other = three_pieces(), three_pieces()
    one.write_bytes(other.read_bytes())
    assert not store.is_whole(one.name)


# -- taking and attaching --------------------------------------------------------------------------------------------


def test_a_photograph_waits_then_belongs_to_a_case_once() -> None:
    one = kept(photograph())
    assert set(selectors.waiting(OWNER, [one.ref])) == {one.ref}
    assert bring(one, public=True)
    (line,) = selectors.of_case(1)
    assert (line.name, line.kind, line.seq, line.pictured, line.public) == ("灯.jpg", "jpeg", 3, True, True)
    assert selectors.content(line).startswith(b"\xff\xd8\xff")
    assert not bring(one, case_id=2)
    assert selectors.waiting(OWNER, [one.ref]) == {}


def test_a_document_is_kept_as_it_is() -> None:
    content = pdf()
    bring(kept(content, name="证明.PDF"))
    (line,) = selectors.of_case(1)
    assert (line.name, line.kind, line.pictured) == ("证明.pdf", "pdf", False)
    assert selectors.content(line) == content


OTHERS = {
    "another account": (Actor(account=8), ""),
    "a resident": (resident_actor(7), ""),
    "a report without an account": (resident_actor(0), "request-1"),
    "the system": (Actor(kind="system"), ""),
}


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_attaches_what_another_sent(who: str) -> None:
    one, other = kept(photograph()), owner_of(*OTHERS[who])
    assert not bring(one, owner=other)
    assert selectors.waiting(other, [one.ref]) == {}
    assert bring(one), "the control: its owner may"


def test_owners_are_apart() -> None:
    known = [
        *(owner_of(*one) for one in OTHERS.values()),
        OWNER,
        owner_of(resident_actor(0), "request-2"),
        owner_of(resident_actor(70)),
    ]
    assert len(set(known)) == len(known)


def test_the_same_file_with_the_same_form_is_the_same_attachment() -> None:
    content = photograph()
    assert kept(content) == kept(content)
    assert kept(content).ref != kept(content, request="request-2").ref
    assert kept(content).ref != kept(content, owner="staff:8").ref
    assert len(blobs()) == 2, "one picture and its small one, however often it was sent"


def test_a_reference_cannot_be_guessed_from_the_bytes() -> None:
    """What stands in the ledger for ever says nothing once salt and bytes are gone."""
    one = kept(pdf())
    row = Attachment.objects.get(ref=one.ref)
    assert row.digest not in row.ref
    assert row.salt


def test_each_file_has_its_own_outcome_and_nothing_lies_about() -> None:
    outcomes = take(
        [store.incoming("a.jpg", photograph()), store.incoming("b.exe", b"MZ"), store.incoming("c.pdf", pdf())],
        owner=OWNER,
        request_id="r",
    )
    assert [type(one) for one in outcomes] == [Taken, FileRefused, Taken]
    assert list((store.root() / store.INCOMING).iterdir()) == []


def test_taking_costs_one_statement() -> None:
    arrived = [store.incoming(f"{n}.pdf", pdf(b"\n" * n)) for n in range(9)]
    with counted() as count:
        take(arrived, owner=OWNER, request_id="r")
    assert len(count) == 1, count


def test_a_full_disk_is_an_error_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "FREE_BYTES", 2**62)
    with pytest.raises(NotKept):
        store.incoming("a", b"x")


# -- erasing and sweeping --------------------------------------------------------------------------------------------


def test_erased_bytes_are_gone_and_the_row_stays() -> None:
    one = kept(photograph())
    bring(one)
    assert erase_rows(1, at=product_clock.now()) == [one.ref]
    assert len(blobs()) == 2, "not before it is certain"
    assert clear_erased(1) == 2
    assert clear_erased(1) == 0
    (line,) = selectors.of_case(1)
    assert (line.erased, line.name, blobs()) == (True, "", [])
    assert selectors.one_of_case(1, line.id) is None


def test_what_another_case_also_holds_stays() -> None:
    content = photograph()
    bring(kept(content))
    bring(kept(content, request="request-2"), case_id=2)
    erase_rows(1, at=product_clock.now())
    assert clear_erased(1) == 0
    assert selectors.content(selectors.of_case(2)[0])


def test_only_the_files_named_are_erased() -> None:
    bring(kept(photograph()))
    bring(kept(pdf()))
    number = selectors.of_case(1)[0].id
    erase_rows(1, [number], at=product_clock.now())
    assert [line.erased for line in selectors.of_case(1)] == [True, False]


def test_what_nobody_took_is_swept_after_a_day(clock: Any) -> None:
    kept(picture("PNG"))
    bring(one := kept(pdf()))
    clock.advance(timedelta(hours=23))
    assert sweep() == 0
    clock.advance(timedelta(hours=2))
    assert sweep() == 2
    assert Attachment.objects.get().ref == one.ref
    assert len(blobs()) == 1


def test_what_a_crash_left_behind_is_swept(clock: Any) -> None:
    """Bytes on the disk without a row, and an upload that broke off; not what is being kept just now."""
    with store.held():
        left = store.settle(store.incoming("a", b"no row speaks of me"))
        fresh = store.settle(store.incoming("b", b"nor of me, but it is new"))
    broken = store.Writer("c")
    broken.write(b"x")
    broken._file.close()
    long_ago = clock().timestamp() - 3 * 86400
    for path in (store.path_of(left), broken.path):
        os.utime(path, (long_ago, long_ago))
    now = clock().timestamp()
    os.utime(store.path_of(fresh), (now, now))
    assert sweep(everything=True) == 1
    assert blobs() == [fresh]
    assert not broken.path.exists()


def test_sweeping_waits_while_files_are_kept(clock: Any) -> None:
    """Whoever takes away blobs is alone in the folder."""
    import fcntl

    with store.held(), (store.root() / ".lock").open("ab") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.fixture
def altered_rows() -> list[Attachment]:
    bring(kept(photograph()))
    bring(kept(pdf()))
    assert list(selectors.altered()) == []
    return list(Attachment.objects.order_by("pk"))


def test_bytes_that_are_not_those_of_the_ledger_are_found(altered_rows: list[Attachment]) -> None:
    first, second = altered_rows
    with store.held():
        other = store.settle(store.incoming("x", pdf(b"\n\n\n")))
    Attachment.objects.filter(pk=second.pk).update(digest=other)
    store.path_of(first.thumb).unlink()
    assert list(selectors.altered()) == [first.pk, second.pk]
