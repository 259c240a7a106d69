"""Routes that sorting asks for: what one fills in is a choice of an act that names a route; a slip is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bihuan import packs
from bihuan.packs.proofs import sorting
from bihuan.packs.proofs.report import Report
from bihuan.packs.shape import Pack


def said_of(pack: Pack) -> list[str]:
    report = Report(pack, {})
    sorting.prove(report)
    return [finding.message for finding in report.findings]


@pytest.mark.parametrize("name", packs.shipped())
def test_every_shipped_pack_asks_for_the_lawful_ways(name: str) -> None:
    pack = packs.load(name)
    asked = [route for route in pack.catalogue.routes if route.if_so]
    assert {"court", "discipline", "petition_final"} <= {route.key for route in asked}
    assert said_of(pack) == []
    assert packs.from_canonical(packs.canonical(pack)) == pack


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"fills": {"ground": "guilty"}}, "ground has no value 'guilty'"),
        ({"fills": {"mood": "bad"}}, "asks for the choice 'mood'"),
        ({"if_so": ""}, "fills needs if_so"),
    ],
)
def test_what_a_route_cannot_fill_is_found(changes: dict[str, object], says: str) -> None:
    pack = packs.load("xiangyin")
    first, *rest = pack.catalogue.routes
    catalogue = replace(pack.catalogue, routes=(replace(first, **changes), *rest))  # type: ignore[arg-type]
    assert any(says in message for message in said_of(replace(pack, catalogue=catalogue)))
