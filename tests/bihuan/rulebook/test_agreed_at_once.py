"""Two agree at the same moment: one version is published, the other was asked for against rules that no longer hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bihuan.packs.shape import Pack
from bihuan.rulebook import proposals, selectors
from bihuan.rulebook.errors import NotDecidable
from bihuan.rulebook.models import InForce
from bihuan.rulebook.services import end_overlay, publish
from tests.bihuan.cases.sessions import at_once
from tests.bihuan.rulebook.test_in_force import ASKER, SECOND
from tests.factories.organisation import EAST
from tests.factories.organisation import PACK as SMALL
from tests.factories.versions import newer

pytestmark = pytest.mark.django_db(transaction=True)
RACES = 15


@pytest.fixture
def base(clock: Any, monkeypatch: pytest.MonkeyPatch) -> Pack:
    """The county's rules, in real transactions. What overlays are proved on is not what is looked at here."""
    monkeypatch.setattr(proposals, "_check_overlay", lambda _pack, _areas: None)
    small = newer(SMALL, "1")
    publish(small)
    return small


def asked_for(pack: Pack) -> Callable[[], str]:
    """Ask for a version; what agreeing to it then comes to."""
    number = proposals.propose(pack, against=selectors.in_force()[""], reason="镇里定的", by=ASKER)

    def agree() -> str:
        try:
            proposals.agree(number, SECOND, overlay=pack if pack.base else None)
        except NotDecidable as error:
            return error.code
        return "published"

    return agree


def overlay(base: Pack, version: str) -> Pack:
    """Rules of the eastern township over those of the county."""
    parts = {"name": "east", "base": f"{base.name}@{base.version}", "base_digest": base.digest, "covers": EAST}
    return newer(replace(base, **parts), version)


def test_two_versions_of_one_township_are_not_both_agreed_to(base: Pack) -> None:
    """Neither has rules of its own before it: there is no row of the area that could be waited for."""
    for n in range(RACES):
        first, second = (overlay(base, f"{n}.{k}") for k in range(2))
        found = at_once(asked_for(first), asked_for(second))
        assert Counter(found) == {"published": 1, "stale": 1}, n
        won = first if found[0] == "published" else second
        assert selectors.in_force()[EAST] == won.digest
        assert end_overlay(EAST, SECOND)
    assert InForce.objects.count() == 1


def test_no_townships_rules_lie_on_rules_that_are_being_replaced(base: Pack) -> None:
    """The county publishes anew while a township's rules are agreed to: those on the old ones end, or never begin."""
    for n in range(RACES):
        county = newer(base, f"9.{n}")
        found = at_once(asked_for(overlay(base, f"t.{n}")), asked_for(county))
        assert found[1] == "published"
        assert found[0] in ("published", "stale")
        assert selectors.in_force() == {"": county.digest}, found
        base = county
