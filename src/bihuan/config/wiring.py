"""The composition root's own registration: what follows an event is handed to the door here, and nowhere else."""

from __future__ import annotations

from django.apps import AppConfig


class Wiring(AppConfig):
    """Registered last, when every room is there."""

    name = "bihuan.config"
    label = "config"

    def ready(self) -> None:
        """Give ``flows``' table to the door, and the bell's count to the look at a session."""
        from bihuan.access.sessions import also_ask  # noqa: PLC0415 - tables exist only once rooms are registered
        from bihuan.cases.happened import follow  # noqa: PLC0415
        from bihuan.flows.bell import WAITING  # noqa: PLC0415
        from bihuan.flows.table import LATER, NOW  # noqa: PLC0415

        follow(NOW, LATER)
        also_ask(WAITING)
