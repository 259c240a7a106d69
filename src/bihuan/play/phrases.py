"""What people write in the demonstration, drawn by the family of the matter."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """One service record: asked and done on the spot."""

    what: str
    words: str
    result: str


class Phrases:
    """Draws phrases with a seeded generator; a family without its own takes those of ``governance``."""

    def __init__(self, drawn: Random) -> None:
        """Read the phrases that come with the demonstration."""
        self._drawn = drawn
        text = files("bihuan.play").joinpath("sample/phrases.toml").read_text("utf-8")
        self._read: dict[str, Any] = tomllib.loads(text)

    def by_family(self, of: str, category: str) -> str:
        """A phrase of the table ``of`` (progress, solved) for a category ("urban.lighting")."""
        table = self._read[of]
        return str(self._drawn.choice(table.get(category.partition(".")[0]) or table["governance"]))

    def generic(self, of: str) -> str:
        """A phrase that fits any matter."""
        return str(self._drawn.choice(self._read["generic"][of]))

    def basis(self) -> str:
        """Why an office was chosen."""
        return str(self._drawn.choice(self._read["basis"]["assign"]))

    def record(self) -> Record:
        """A service record."""
        drawn = self._drawn.choice(self._read["record"])
        return Record(drawn["what"], drawn["words"], drawn["result"])
