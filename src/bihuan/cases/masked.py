"""A person of a case as screens show them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedContact:
    """The contact of a case's resident or of a further party: masked. A field is "" when nothing is held."""

    id: int
    name: str
    phone: str
    id_no: str
    address: str
