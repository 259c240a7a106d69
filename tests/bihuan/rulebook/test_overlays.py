"""What is proved of a township's rules is remembered by what it was proved of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bihuan.packs import Pack
from bihuan.packs.trial.overlaid import Rehearsed
from bihuan.rulebook import overlays
from bihuan.rulebook.overlays import KEPT, Proved, proved
from bihuan.rulebook.services import publish
from tests.bihuan.rulebook.test_in_force import overlay
from tests.factories.matters import shipped_pack


@pytest.fixture
def proofs(db: None, clock: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many working days the overlays had that were really proved, one after the other."""
    found: list[int] = []

    def prove(over: Pack, *_rest: Any) -> Proved:
        span = next(one for one in over.procedures["matter"].clocks if one.key == "resolve").limits[-1].span
        found.append(span.n if span else 0)
        overlays._proved.clear()
        return Proved((str(found[-1]),), Rehearsed((), (), ()))

    monkeypatch.setattr(overlays, "_prove", prove)
    monkeypatch.setattr(overlays, "_proved", {})
    publish(shipped_pack())
    return found


def test_another_overlay_is_never_answered_with_the_proof_of_the_first(proofs: list[int]) -> None:
    """By content: also of packs that carry no digest."""
    for n in (5, 4, 4):
        assert proved(replace(overlay(shipped_pack(), n=n), digest=""), ()).findings == (str(n),)
    assert proofs == [5, 4]


def test_only_so_many_are_remembered(proofs: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    def prove(*_all: Any) -> Proved:
        proofs.append(0)
        return Proved((), Rehearsed((), (), ()))

    monkeypatch.setattr(overlays, "_prove", prove)
    packs = [overlay(shipped_pack(), n=n) for n in range(1, KEPT + 2)]
    for one in packs:
        proved(one, ())
    assert len(overlays._proved) == KEPT
    proved(packs[-1], ())
    assert len(proofs) == KEPT + 1
    proved(packs[0], ())
    assert len(proofs) == KEPT + 2, "the control: the first has gone"
