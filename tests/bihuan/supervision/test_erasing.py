"""Erased words leave letters and circulars."""

from __future__ import annotations

from datetime import date
from typing import Any

from bihuan.cases.words_kept import ERASED, erase_words
from bihuan.flows.supervising import forget_words
from bihuan.flows.table import LATER
from bihuan.ledger.services import Claim
from bihuan.supervision import circulars, services
from bihuan.supervision.models import Circular, Letter, LetterLine
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


def test_what_stands_above_several_matters_goes_with_the_last_of_them(world: World, clock: Any) -> None:
    letter, cases = signed(world, clock)
    head = world.people["centre_head@centre"].actor
    Letter.objects.filter(pk=letter.pk).update(opening="两件都与村口的路灯有关")
    services.declare_void(head, letter.pk, reason="两件另行督办", seen=letter.version)
    number = circulars.draft(head, date(2026, 10, 1), date(2026, 10, 31))
    circulars.sign(head, number, opening="两件都与村口的路灯有关", seen=1)

    def kept() -> list[str]:
        return [
            *Letter.objects.filter(pk=letter.pk).values_list("opening", "reason").get(),
            Circular.objects.get(pk=number).opening,
        ]

    erase_words(cases[0])
    services.forget_words(cases[0])
    assert all(kept()), "the control: of the other matter something is still kept"
    erase_words(cases[1])
    services.forget_words(cases[1])
    assert kept() == ["", "", ""]
