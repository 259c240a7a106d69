"""Whose a file is while it waits for its act, and what an act names it by."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from bihuan.vault import keyed_hash

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

REF = "f:"
_DIGITS = 40


def owner_of(actor: Actor, request_id: str = "") -> str:
    """Who may attach what this actor sends: the account; the resident of one case; a report without an account.

    A report is known by the id of its form alone, which nobody else has seen.
    """
    if actor.kind == "staff":
        return f"staff:{actor.account}"
    if actor.kind == "system":
        return "system"
    return f"resident:{actor.case_id}" if actor.case_id else f"report:{keyed_hash(request_id, 'exact')}"


def of_resident(owner: str) -> bool:
    """True for what a resident sent."""
    return owner.startswith(("resident:", "report:"))


def salt_of(owner: str, request_id: str, digest: str) -> str:
    """The salt of a reference: the same file sent again with the same form is the same attachment."""
    return keyed_hash(f"file\0{owner}\0{request_id}\0{digest}", "exact")[:32]


def reference(salt: str, digest: str) -> str:
    """What an entry carries in place of a file."""
    return REF + sha256(f"{salt}\0{digest}".encode()).hexdigest()[:_DIGITS]


def is_reference(value: object) -> bool:
    """True for what ``reference`` makes."""
    return isinstance(value, str) and value.startswith(REF)
