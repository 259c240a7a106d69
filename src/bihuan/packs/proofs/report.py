"""Gathering what proofs find, with the place in the files where each thing was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bihuan.packs.faults import Finding
from bihuan.packs.reading import Place
from bihuan.packs.shape import Pack

PRINCIPLES: Final = 10
WORDS: Final = 11
STORIES: Final = 12
DUTIES: Final = 14


@dataclass(slots=True)
class Report:
    """The pack under proof, where its things stand, and the findings so far; the same finding is kept once."""

    pack: Pack
    places: Mapping[Place, tuple[str, int]]
    findings: list[Finding] = field(default_factory=list)

    def fault(self, proof: int, place: Place, message: str, path: tuple[str, ...] = ()) -> None:
        """Add a finding at a thing, or at the nearest thing around it that stands in a file."""
        file, line = "", 0
        for size in range(len(place), 0, -1):
            if place[:size] in self.places:
                file, line = self.places[place[:size]]
                break
        else:
            file, line = self.places.get((place[0], "procedure"), ("pack.toml", 0))
        finding = Finding(file=file, key=".".join(place), line=line, message=message, path=path, proof=proof)
        if finding not in self.findings:
            self.findings.append(finding)
