"""The table of errands as it is written (catalogue.toml ``[[service]]``)."""

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
