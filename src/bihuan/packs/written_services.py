"""The tables of errands and of other lawful ways as they are written (catalogue.toml ``[[service]]``, ``[[route]]``)."""

from __future__ import annotations

from bihuan.packs.written import Confidence, SpanT, Table


class ServiceT(Table, kw_only=True):
    """catalogue.toml ``[[service]]``: an errand; ``within`` its own limit."""

    key: str
    title: str
    group: str = ""
    basis: str = ""
    bring: list[str] = []
    within: SpanT | None = None
    source: str = ""
    confidence: Confidence = ""


class RouteT(Table, kw_only=True):
    """catalogue.toml ``[[route]]``."""

    key: str
    title: str
    say: str
    if_so: str = ""
    fills: dict[str, str] = {}
    source: str = ""
    confidence: Confidence = ""
