"""What a paper says. All words are data: nothing in them is ever read as markup, a file or an address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table: its head, and its share of the width."""

    title: str
    share: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One official paper with the issuing office's head (红头).

    ``head``: the office's name in red; ``number`` "" = a draft; ``to``: whom it is addressed to; ``body`` before the table,
    ``after`` behind it; ``signer`` and ``signed_on``: the block at the end, where the seal goes. ``draft``: said at the top.
    """

    head: str
    number: str
    title: str
    to: str = ""
    body: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    after: tuple[str, ...] = ()
    signer: str = ""
    signed_on: str = ""
    seal: str = ""
    draft: str = ""

    def as_data(self) -> dict[str, Any]:
        """The paper as JSON can hold it."""
        return asdict(self)


class PaperFault(Exception):
    """The paper could not be made; says which step failed, never what stands on the paper."""
