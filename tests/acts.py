"""Every act over HTTP of every test is counted: at most twelve statements on a warm process, on whichever database runs.

An act is a request that may change something; one that is refused may show its page once more. ``MANY`` names those whose
nature is many, ``WHERE`` for each address of the product a test that does it; that test fails when it does not do it any more.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client

from bihuan.config.statements import counted

BUDGET, REFUSED = 12, 20
"""Statements of an act, and of one that was refused: the page is shown again with what is wrong, an act and a screen of eight."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MANY: Mapping[str, str] = {
    "/desk/admin/areas": "boundaries are drawn anew: areas, units and posts of every part",
    "/desk/admin/calendar/load": "every open matter whose limits move, two hundred at a time",
    "/desk/admin/grids/<str:token>": "a table of grids",
    "/desk/admin/imports/<int:number>": "an import is taken back, two hundred matters at a time",
    "/desk/admin/pack/migrate": "every open matter goes on under other rules, two hundred at a time",
    "/desk/admin/people/import/<str:token>": "a table of people and posts",
    "/desk/import/<str:token>": "a table of messages, two hundred at a time",
    "/desk/roster/import": "a table of turns",
    "/desk/roster/import/<str:token>": "a table of turns",
}
"""Acts whose nature is many, and of what: their cost a row is flat (``test_acts``)."""
WHERE: Mapping[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_GENERIC = Client.generic


class Watch:
    """What one test has done: the addresses it acted on, and the acts that cost too much."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.done: set[str] = set()
        self.over: list[str] = []
        self._inside = False

    def asked(self) -> Callable[..., Any]:
        """What stands in for the client's own method."""

        def generic(client: Client, *given: Any, **more: Any) -> Any:
            return self.generic(client, *given, **more)

        return generic

    def generic(self, client: Client, method: str, path: str, *given: Any, **more: Any) -> Any:
        """The client's own request, its statements counted."""
        if method in SAFE or self._inside:
            return _GENERIC(client, method, path, *given, **more)
        self._inside = True  # a redirect that is followed is another request of the same client
        try:
            warm()
            with counted() as count:
                answer = _GENERIC(client, method, path, *given, **more)
        finally:
            self._inside = False
        match = getattr(answer, "resolver_match", None)
        if match is not None:
            route, refused = f"/{match.route}", answer.status_code >= 400
            if not refused:
                self.done.add(route)
            if len(count) > (REFUSED if refused else BUDGET) and route not in MANY:
                lines = "\n".join(one[:160] for one in str(count).splitlines())
                self.over.append(f"{method} {path} ({route}): {len(count)} statements\n{lines}")
        return answer


def warm() -> None:
    """What a process that has answered before knows already: the organisation, the rules in force, the days, names of areas."""
    from bihuan.people.selectors import directory
    from bihuan.places.selectors import names_in, top_areas
    from bihuan.rulebook.selectors import calendar_for, in_force, pack

    with _unseen(), suppress(LookupError, IndexError):
        stamp = directory().stamp
        for digest in set(in_force().values()):
            calendar_for(pack(digest))
        names_in(top_areas()[0].code, stamp)


@contextmanager
def _unseen() -> Iterator[None]:
    """Statements that no test counts."""
    wrappers, connection.execute_wrappers = connection.execute_wrappers, []
    try:
        yield
    finally:
        connection.execute_wrappers = wrappers
