"""Service records by the thousand, for places that are filled at once: each with its salt, its digest and its ledger entry."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction

from bihuan.cases.words import reference
from bihuan.intake.services import _RECORD, RECORDED, shown_words, stream_of
from bihuan.ledger.services import NewEntry, append
from bihuan.places.models import Area, level_codes

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One record without a contact: who entered it, where and when, and its words. What looks like a number is hidden."""

    actor: Actor
    at: datetime
    area_code: str
    what: str
    words: str = ""
    result: str
    category: str = ""
    channel: str = ""


def record_many(records: Iterable[Kept], *, is_demo: bool) -> Iterator[int]:
    """Keep records in the order given, some hundred to a transaction; gives how many were written after each."""
    areas = dict(Area.objects.filter(valid_to=None).values_list("code", "pk"))
    waiting = iter(records)
    while part := list(islice(waiting, CHUNK)):
        with transaction.atomic():
            _write(part, areas, is_demo=is_demo)
        yield len(part)


def _write(part: Sequence[Kept], areas: dict[str, int], *, is_demo: bool) -> None:
    rows, refs = [], []
    for one in part:
        texts, salt, levels = _shown(one.what, one.words, one.result), secrets.token_hex(8), level_codes(one.area_code)
        above = (levels[name] for name in ("a6", "a9", "a12", "a15"))
        who = (None, one.actor.unit, one.actor.account, one.at, 0, is_demo)
        rows.append((*texts, salt, one.category, one.channel, areas[one.area_code], one.area_code, *above, *who))
        refs.append(reference(salt, "\0".join(texts)))
    numbers = sorted(int(number) for (number,) in _RECORD.run(rows))
    append(
        [
            NewEntry(
                stream=stream_of(number),
                kind=RECORDED,
                at=one.at,
                by=one.actor.doer(),
                facts={"category": one.category, "channel": one.channel, "texts": ref},
                thread="",
                area=one.area_code,
            )
            for number, one, ref in zip(numbers, part, refs, strict=True)
        ]
    )


@cache
def _shown(what: str, words: str, result: str) -> tuple[str, ...]:
    return shown_words(what, words, result)
