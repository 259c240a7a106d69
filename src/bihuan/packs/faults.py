"""What can be wrong with a pack, and where: every finding names file, key and line and says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault. ``path`` is the shortest way through a procedure that shows it (state, act, state, ...), or empty.

    ``proof`` 1-9 is the proof of docs/rules/packs.md that failed; 0 = the file cannot be read as a pack at all.
    """

    file: str
    key: str
    line: int
    message: str
    path: tuple[str, ...] = ()
    proof: int = 0

    def __str__(self) -> str:
        """``file:line key: message`` with the path behind it, for consoles."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        shown = f" [{' -> '.join(self.path)}]" if self.path else ""
        return f"{where} {self.key}: {self.message}{shown}"


class PackError(ValueError):
    """A pack that cannot be loaded; ``findings`` says all that is wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep the findings; the message is one line for each."""
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))
