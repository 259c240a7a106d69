"""Which signs no text of the rules holds: what nobody sees when it is read, and what no database keeps."""

from __future__ import annotations

import unicodedata
from typing import Final

UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories: controls, what turns the direction of writing, lone surrogates, signs of nobody's, line separators."""
LINES: Final = frozenset("\n\t")


def unseen(text: str, *, lines: bool = False) -> bool:
    """True when a text holds such a sign; ``lines``: line ends and tabulators are none."""
    if text.isprintable():
        return False
    return any(unicodedata.category(sign) in UNSEEN and not (lines and sign in LINES) for sign in text)
