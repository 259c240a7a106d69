"""What ``bihuan doctor`` finds: one thing looked at, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it stands, what it is (a word, or the number of a clause), a sentence."""

    verdict: Verdict
    what: str
    say: str
