"""The edits that a page carries along in one field; read strictly: whole and of their kinds, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from typing import Any, Generic, NamedTuple, TypeVar

from bihuan.packs.edits import Edit
from bihuan.packs.tightening import Tightening
from bihuan.web.requests import unkeepable

K = TypeVar("K", bound=str)
LONGEST = 100_000
MOST = 200
LONGEST_WORD = 300


class Sent(NamedTuple, Generic[K]):
    """One edit as it was carried: its kind, what it names, its number, its further words."""

    kind: K
    of: tuple[str, ...]
    n: int
    words: tuple[str, ...]


class UnreadableEdits(ValueError):
    """What was sent is not what a page carries along."""


def written_edits(edits: Iterable[Edit | Tightening]) -> str:
    """Edits as a page carries them along: the fields of each in their order."""
    return json.dumps([astuple(one) for one in edits], ensure_ascii=False)


def sent_edits(sent: str, sizes: Mapping[K, tuple[int, ...]], *, words: int) -> list[Sent[K]]:
    """The edits of the field ``sent``, a JSON list of [kind, [name, …], n, word, …]; "" = none.

    ``sizes``: the kinds that there are, each with how many names it may have; ``words``: how many words stand behind ``n``.
    Raises UnreadableEdits for anything else, and for text that no database keeps.
    """
    if len(sent) > LONGEST:
        raise UnreadableEdits
    try:
        listed = json.loads(sent or "[]")
    except (ValueError, RecursionError) as error:
        raise UnreadableEdits from error
    if not isinstance(listed, list) or len(listed) > MOST:
        raise UnreadableEdits
    return [_edit(one, sizes, words) for one in listed]


def _edit(row: Any, sizes: Mapping[K, tuple[int, ...]], words: int) -> Sent[K]:
    if not isinstance(row, list) or len(row) != 3 + words:
        raise UnreadableEdits
    named, of, n, *rest = row
    kind = next((one for one in sizes if one == named), None)
    if kind is None or not isinstance(of, list) or len(of) not in sizes[kind]:
        raise UnreadableEdits
    if type(n) is not int or n < 0 or not all(map(_is_word, (*of, *rest))):
        raise UnreadableEdits
    return Sent(kind, tuple(of), n, tuple(rest))


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_WORD and not unkeepable(value)
