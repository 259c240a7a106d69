"""An attachment as screens show it. All values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bihuan.files.kinds import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """One photograph or document of a case. ``size`` in bytes; ``pictured``: there is a small picture of it.

    ``ref`` stands in the event it came with. Erased: the row stays, name and bytes are gone.
    """

    id: int
    ref: str
    case_id: int
    seq: int
    name: str
    kind: str
    size: int
    width: int
    height: int
    pictured: bool
    by_resident: bool
    public: bool
    at: datetime
    erased: bool
    digest: str = ""
    thumb: str = ""

    @property
    def content_type(self) -> str:
        """How it is announced to a browser."""
        return KINDS[self.kind].content_type

    @property
    def seen_by_resident(self) -> bool:
        """True for what the resident may see: what was made public, and what the resident added."""
        return self.public or self.by_resident


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that waits for its act: what the act names it by, its name as kept, its size in bytes."""

    ref: str
    name: str
    size: int
