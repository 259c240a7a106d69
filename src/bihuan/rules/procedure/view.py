"""What goes into a decision and what comes out of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bihuan.rules.events import Event
from bihuan.rules.procedure.shape import Action, Procedure
from bihuan.rules.terms import NOBODY, FactValue, Holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where one thread of a case stands. ``thread`` is "main", a kind, or "<kind>:<item>"."""

    thread: str
    kind: str
    item: str = ""
    state: str
    holder: Holder = NOBODY
    version: int = 0
    open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case as the rules see it: its events in order, its threads' positions by name, and attributes outside the events."""

    procedure: Procedure
    events: Sequence[Event]
    positions: Mapping[str, Position]
    attributes: Mapping[str, FactValue] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What becomes of one thread: one move for each thread touched, from where it stood before to where it stands after."""

    thread: str
    kind: str
    item: str = ""
    from_state: str
    to_state: str
    holder: Holder = NOBODY
    open: bool = True
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One text given with an act: event ``seq`` carries ``ref`` under ``name``. ``public``: the resident may read it."""

    seq: int
    name: str
    ref: str
    text: str
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """One file given with an act: event ``seq`` carries ``ref`` under ``name``. ``public``: the resident may see it."""

    seq: int
    name: str
    ref: str
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A lawful act: the events to append (their numbers continue the case's) and the moves that follow.

    ``words``: the texts behind the references in the events, cleaned, to be kept where they can be erased.
    ``enclosed``: the files given with it, to be brought into the case.
    ``published``: references of words and files, kept with an earlier act, that the resident may see from now on.
    """

    events: tuple[Event, ...]
    moves: tuple[Move, ...]
    words: tuple[Word, ...] = ()
    enclosed: tuple[Enclosed, ...] = ()
    published: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why not. ``code``: not_allowed, not_yours, wrong_state, guard, bad_fact, unknown_action.

    ``say`` is what the person reads: the pack's own sentence, or an English one made of ``msgid`` and ``params``
    (``msgid % params``), which a face looks up in the catalogue. ``field`` names the fact at fault.
    """

    code: str
    say: str
    field: str = ""
    msgid: str = ""
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An act this doer could do now. ``refused`` "" = may be done; else the sentence of the guard that stops it."""

    thread: str
    action: Action
    refused: str = ""
    refusal: Refusal | None = None
