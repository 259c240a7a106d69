"""A small ledger to work on."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bihuan.ledger import anchors
from bihuan.ledger.services import Head, NewEntry, append, record
from bihuan.rules.terms import Doer

START = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
KINDS = ("registered", "accepted", "assigned", "acknowledged", "progress_made", "drafted", "signed_off", "passed")


@pytest.fixture
def anchor_path(tmp_path: Path) -> Path:
    """An anchor file of this test's own."""
    return tmp_path / "anchors.jsonl"


@pytest.fixture
def small_ledger(anchor_path: Path) -> Callable[..., int]:
    """Fill the ledger: cases acted upon in turns, looks between them, an anchor now and then and one at the end."""

    def fill(cases: int = 12, acts: int = 90, seed: int = 7) -> int:
        rng = random.Random(seed)
        heads: dict[str, Head] = {}
        written = 0
        for act in range(acts):
            at = START + timedelta(seconds=act * 61, microseconds=rng.choice([0, 250000, act]))
            doer = Doer(kind="staff", account=rng.randint(1, 9), unit=rng.randint(1, 5), post=rng.choice(["officer", "liaison"]))
            streams = rng.sample([f"case:{number}" for number in range(1, cases + 1)], rng.randint(1, 3))
            new = [
                NewEntry(
                    stream=stream, kind=rng.choice(KINDS), at=at, by=doer, area="430624100",
                    facts={"office": rng.randint(1, 40), "basis": "职责", "w": f"w:{rng.randrange(16**8):08x}"},
                )
                for stream in streams
            ]  # fmt: skip
            for done in append(new, heads={stream: heads[stream] for stream in streams if stream in heads}):
                heads[done.stream] = Head(done.seq, done.hash)
            written += len(new)
            if act % 7 == 0:
                record(f"look:{doer.account}", "looked", by=doer, at=at, facts={"case": act})
                written += 1
            if act % 11 == 0:
                anchors.write(at=at, path=anchor_path)
        anchors.write(at=START + timedelta(days=1), path=anchor_path)
        return written

    return fill
