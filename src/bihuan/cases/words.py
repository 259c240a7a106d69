"""Words at the door: cleaned, phone- and identity-shaped strings hidden, a reference made for each text."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from bihuan.rules.procedure.shape import Need
from bihuan.vault.free_text import Found, hide, hide_names

LONGEST = 100_000
"""Longer than any need allows; beyond it a text is not even looked at."""


def reference(salt: str, text: str) -> str:
    """What an entry carries in place of a text."""
    return "w:" + sha256(f"{salt}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def is_reference(value: str) -> bool:
    """Whether a fact's value stands for a text."""
    return _REFERENCE.fullmatch(value) is not None


_REFERENCE = re.compile("w:[0-9a-f]{32}")


@dataclass(slots=True)
class Written:
    """The texts of one act: salts of the references made so far, and what was hidden in which text.

    ``files_of``: whose waiting files the act may bring into the case (``files.owners``). ``names``: the people of the case,
    as far as the act knows them, to be masked in the names of those files.
    """

    salts: dict[str, str] = field(default_factory=dict)
    found: dict[str, list[Found]] = field(default_factory=dict)
    files_of: str = ""
    names: tuple[str, ...] = ()

    def refer(self, text: str) -> str:
        """A fresh reference of a text."""
        salt = secrets.token_hex(8)
        ref = reference(salt, text)
        self.salts[ref] = salt
        return ref

    def hidden(self, needs: Mapping[str, Need], facts: Mapping[str, Any], *, names: Sequence[str] = ()) -> dict[str, Any]:
        """The facts with numbers, and the names of the people of the case (``names``), hidden in every text."""
        shown = dict(facts)
        self.names = tuple(names)
        for name, need in needs.items():
            value = shown.get(name)
            if need.type == "text" and isinstance(value, str) and len(value) <= LONGEST:
                text, found = hide(hide_names(plain(value), names))
                shown[name] = text
                if found:
                    self.found[text] = found
        return shown


def plain(text: str) -> str:
    """The text as it is kept: one kind of line end, nothing around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def is_storable(text: str) -> bool:
    """False for what no database keeps alike: NUL, lone surrogates, other control characters."""
    return _NOT_STORABLE.search(text) is None


_NOT_STORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
