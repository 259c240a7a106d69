"""Every address of the product says who may call it."""

from __future__ import annotations

from collections.abc import Iterable

from bihuan.web.guards import Guard, Route, routes


def open_by_being_forgotten(found: Iterable[Route]) -> list[str]:
    """Patterns of the routes that carry no declaration."""
    return [route.pattern for route in found if route.guard is None]


def test_every_route_is_declared() -> None:
    found = list(routes())
    assert found
    assert open_by_being_forgotten(found) == []


def test_no_duty_is_an_empty_word() -> None:
    assert [route.pattern for route in routes() if route.guard and route.guard.who == "duty" and not route.guard.duties] == []


def test_a_forgotten_route_is_seen() -> None:
    sample = [Route("/a", "a", Guard("anyone")), Route("/b", "b", None)]
    assert open_by_being_forgotten(sample) == ["/b"]
