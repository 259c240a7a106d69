"""Papers of a case for every face: how one is drawn is handed over at start-up by the room that draws them (config.wiring)."""

from __future__ import annotations

from collections.abc import Callable

from bihuan.access.actors import Actor
from bihuan.cases.papers import PaperLine
from bihuan.cases.shapes import CasePage
from bihuan.papers.shapes import Paper

Draw = Callable[[CasePage, PaperLine, Actor, str], Paper]
_drawn_by: list[Draw] = []


def draw_with(draw: Draw) -> None:
    """Say how a paper is drawn; the last word counts."""
    _drawn_by[:] = [draw]


def drawn(page: CasePage, line: PaperLine, actor: Actor, name: str) -> Paper:
    """The paper as plain data. ``name``: the resident's as it is to stand there, masked or not."""
    return _drawn_by[0](page, line, actor, name)
