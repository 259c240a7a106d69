"""Erased words leave letters and circulars."""

from __future__ import annotations

from typing import Any

from bihuan.cases.words_kept import ERASED, erase_words
from bihuan.flows.supervising import forget_words
from bihuan.flows.table import LATER
from bihuan.ledger.services import Claim
from bihuan.supervision.models import LetterLine
from tests.matrix.county import World
from tests.scenarios.test_letters import signed


def test_erased_words_leave_the_letter(world: World, clock: Any) -> None:
    letter, cases = signed(world, clock)
    erase_words(cases[0])
    work = Claim(0, 0, "case.words_erased", {"case": cases[0]}, 1)
    forget_words(work)
    forget_words(work)
    assert forget_words in LATER[ERASED]
    found = {line.case_id: line.summary for line in LetterLine.objects.filter(letter=letter)}
    assert found[cases[0]] == ""
    assert found[cases[1]] == "水管漏水没人管"
