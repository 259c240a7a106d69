"""The composition root's own registration: what follows an event is handed to the door here, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from bihuan.access.actors import Actor
    from bihuan.cases.papers import PaperLine
    from bihuan.cases.shapes import CasePage
    from bihuan.papers.shapes import Paper


def _drawn(page: CasePage, line: PaperLine, actor: Actor, name: str) -> Paper:
    """A paper as the desk draws it; read only where one is asked for."""
    from bihuan.desk.drawn_papers import drawn  # noqa: PLC0415

    return drawn(page, line, actor, name)


class Wiring(AppConfig):
    """Registered last, when every room is there."""

    name = "bihuan.config"
    label = "config"

    def ready(self) -> None:
        """Give ``flows``' table to the door, the bell's count to the look at a session, the desk's papers to every face."""
        from bihuan.access.sessions import also_ask  # noqa: PLC0415 - tables exist only once rooms are registered
        from bihuan.cases.happened import follow  # noqa: PLC0415
        from bihuan.flows.bell import WAITING  # noqa: PLC0415
        from bihuan.flows.table import LATER, NOW  # noqa: PLC0415
        from bihuan.web.case_papers import draw_with  # noqa: PLC0415

        follow(NOW, LATER)
        draw_with(_drawn)
        also_ask(WAITING)
