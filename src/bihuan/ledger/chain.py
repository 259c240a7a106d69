"""What an entry is and how entries are chained: one canonical encoding, the same bytes on every database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

import msgspec

from bihuan.rules.events import MAIN, Event
from bihuan.rules.terms import SYSTEM, Doer, FactValue

FORM = 1
"""The number of the canonical form, hashed first, so that a later form can stand beside this one."""

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_DECODE = msgspec.json.Decoder(dict[str, object]).decode


class Head(NamedTuple):
    """The last entry of a stream: its number and hash. A stream without entries has ``GENESIS``."""

    seq: int
    hash: bytes


GENESIS = Head(0, b"")


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry about to be written. ``seq`` 0 = the next of its stream; another number must be that next one."""

    stream: str
    kind: str
    at: datetime
    by: Doer = SYSTEM
    facts: Mapping[str, FactValue] = {}
    thread: str = MAIN
    area: str = ""
    seq: int = 0


class Appended(NamedTuple):
    """An entry as it was written."""

    id: int
    stream: str
    seq: int
    hash: bytes


def of_event(stream: str, event: Event, area: str = "") -> NewEntry:
    """The entry that keeps ``event`` in ``stream``; ``area`` is the area code it happened in."""
    return NewEntry(
        stream=stream, kind=event.kind, at=event.at, by=event.by, facts=event.facts,
        thread=event.thread, area=area, seq=event.seq,
    )  # fmt: skip


def canonical_facts(facts: Mapping[str, object]) -> str:
    """Facts as JSON with sorted keys and no spaces. Raises TypeError or UnicodeEncodeError for what JSON cannot hold."""
    return _ENCODE(facts if type(facts) is dict else dict(facts)).decode() if facts else "{}"


def read_facts(text: str) -> dict[str, FactValue]:
    """The facts of a stored entry."""
    return _DECODE(text) if text != "{}" else {}  # type: ignore[return-value]


def instant_text(at: datetime) -> str:
    """An aware instant in the one form that is hashed: UTC, six decimals of a second, ``+00:00``."""
    if at.tzinfo is None:
        raise ValueError("an entry's instant must be aware")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def entry_hash(
    stream: str, seq: int, kind: str, thread: str, at_text: str, account: int, unit: int, post: str, doer: str,
    area: str, facts_text: str, prev: bytes,
) -> bytes:  # fmt: skip
    """SHA-256 over everything an entry says and over the hash of the one before it in its stream.

    The first part is a JSON array and so ends where it ends; the facts follow it exactly as they are stored.
    """
    said = _ENCODE((FORM, stream, seq, kind, thread, at_text, account, unit, post, doer, area, prev.hex()))
    return sha256(said + facts_text.encode()).digest()


class Around(NamedTuple):
    """What is hashed of an entry whose place is not known yet: the text before its number, before and after ``prev`` in hex."""

    before: str
    middle: str
    after: str


def around(
    stream: str, kind: str, thread: str, at_text: str, account: int, unit: int, post: str, doer: str, area: str,
    facts_text: str,
) -> Around:  # fmt: skip
    """``entry_hash``'s text without number and ``prev``: before + number + middle + prev in hex + after."""
    begin = _ENCODE((FORM, stream)).decode()[:-1]
    said = _ENCODE((kind, thread, at_text, account, unit, post, doer, area)).decode()[1:-1]
    return Around(f"{begin},", f',{said},"', f'"]{facts_text}')


def root_after(root: bytes, entry_id: int, digest: bytes) -> bytes:
    """The root over all entries up to this one, from the root before it."""
    return sha256(root + entry_id.to_bytes(8, "big") + digest).digest()
