"""The tables of a story as they are written (stories/*.toml)."""

from __future__ import annotations

from typing import Any

from bihuan.packs.written import Table


class StoryT(Table, kw_only=True):
    """stories/*.toml ``[story]``."""

    title: str
    procedure: str
    starts: Any
    may_begin: list[str] = []
    may_not_begin: list[str] = []


class ActT(Table, kw_only=True):
    """stories/*.toml ``[[act]]``."""

    at: Any
    who: str
    does: str
    case: str = ""
    other: str = ""
    facts: dict[str, Any] = {}
    refused: str = ""
    expect: dict[str, Any] = {}
