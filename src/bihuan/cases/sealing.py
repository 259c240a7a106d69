"""Closing seals: the event that ends a case carries a digest over everything before it and over the words said until then.

The chain of the ledger proves each entry by the one after it. The seal proves the case as one file: the hash of the entry
right before the end, and the references of every text, in order. Whoever edits an entry or a text afterwards would have to
write the seal anew, and with it the entry, its chain and the anchors outside. After it only what the pack allows from the
final state may follow (a rating, an opening anew); erasing words at the end of their time leaves their references standing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

from bihuan.cases.fold import states_of
from bihuan.cases.models import Case, Words
from bihuan.cases.sheet import Sheet, stream_of
from bihuan.cases.words import is_reference, reference
from bihuan.ledger.chain import Head, NewEntry, of_event
from bihuan.ledger.selectors import hashes
from bihuan.ledger.services import head_after
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.course import SEALED, TO_STATE
from bihuan.rules.procedure.view import Decision
from bihuan.rules.terms import FactValue

PAGE = 200


@dataclass(frozen=True, slots=True)
class Broken:
    """A sealed case that is not as it was closed. ``what``: an entry before the seal or the seal itself, or a text.

    ``seq`` is the sealing entry's number, or that of the entry the text was said with.
    """

    case_id: int
    seq: int
    what: Literal["entry", "words"]


def sealed(sheet: Sheet, decision: Decision, earlier: Iterable[NewEntry], head: Head) -> Decision:
    """The decision with a seal on each event that ends the case; unchanged where none does.

    ``earlier``: entries of the same transaction that are not written yet; ``head``: the stream's last written entry.
    """
    ends = [
        n
        for n, event in enumerate(decision.events)
        if event.thread == MAIN and _is_final(sheet, str(event.facts.get(TO_STATE) or ""))
    ]
    if not ends:
        return decision
    events = list(decision.events)
    waiting = [entry for entry in earlier if entry.stream == sheet.stream]
    for n in ends:
        before = [*waiting, *(of_event(sheet.stream, event, sheet.area_code) for event in events[:n])]
        said = references(event.facts for event in (*sheet.events, *events[: n + 1]))
        seal = seal_of(head_after(sheet.stream, before, head).hash, said)
        events[n] = replace(events[n], facts={**events[n].facts, SEALED: seal})
    return replace(decision, events=tuple(events))


def seal_of(before: bytes, said: Sequence[str]) -> str:
    """The seal over the hash of the entry before it and the references of all texts, in order."""
    return sha256(before + "\n".join(said).encode()).hexdigest()


def references(facts: Iterable[Mapping[str, FactValue]]) -> list[str]:
    """The references of texts in the facts of entries, in order; a text that stands again is named again."""
    return [value for one in facts for _, value in sorted(one.items()) if isinstance(value, str) and is_reference(value)]


def _is_final(sheet: Sheet, state: str) -> bool:
    return any(one.final for one in states_of(sheet.procedure, MAIN) if one.key == state)


def broken(*, after: int = 0, limit: int = PAGE) -> tuple[list[Broken], int, int]:
    """What is wrong among the next ``limit`` cases that were closed; how many seals were held, and the last case looked at.

    The last is 0 at the end. Three statements a call.
    """
    ids = list(Case.objects.filter(pk__gt=after, closed_at__isnull=False).order_by("pk").values_list("pk", flat=True)[:limit])
    if not ids:
        return [], 0, 0
    streams = hashes([stream_of(case_id) for case_id in ids])
    texts: dict[int, list[tuple[int, str, str, str]]] = {}
    rows = Words.objects.filter(case_id__in=ids, erased_at=None).order_by("pk")
    for case_id, seq, ref, salt, text in rows.values_list("case_id", "seq", "ref", "salt", "text"):
        texts.setdefault(case_id, []).append((seq, ref, salt, text))
    found, seals = [], 0
    for case_id in ids:
        lines = streams.get(stream_of(case_id), [])
        for n, line in enumerate(lines):
            seal = line.facts.get(SEALED)
            if not seal:
                continue
            seals += 1
            said = references(one.facts for one in lines[: n + 1])
            if n == 0 or seal != seal_of(lines[n - 1].computed, said):
                found.append(Broken(case_id, line.seq, "entry"))
        found += [
            Broken(case_id, seq, "words") for seq, ref, salt, text in texts.get(case_id, ()) if reference(salt, text) != ref
        ]
    return found, seals, ids[-1]


def all_broken() -> Iterator[Broken | int]:
    """Everything that is wrong with any closed case, and at the end how many seals were held."""
    after, held = 0, 0
    while True:
        found, seals, after = broken(after=after)
        yield from found
        held += seals
        if not after:
            yield held
            return


def seals_of(events: Sequence[Event]) -> list[int]:
    """The numbers of the events that carry a seal."""
    return [event.seq for event in events if event.facts.get(SEALED)]
