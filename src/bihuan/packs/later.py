"""Parts of the language whose rooms open later: read and kept as part of the pack, so that nothing written is ignored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bihuan.rules.procedure.shape import HolderSpec
from bihuan.rules.terms import Span, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What follows an event: ``does`` open_thread, notice, order, task or case; ``what`` its key; ``to`` who hears of it.

    ``within``: how long an answer may take where nobody sets a date.
    """

    does: str
    what: str
    grade: str = ""
    to: tuple[str, ...] = ()
    within: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """follows.toml: on this event, where these facts hold, these things follow."""

    on: str
    where: Where = Where()
    then: tuple[Consequence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """rhythms.toml: what a post inspects, studies, reports or meets about, and how often."""

    key: str
    title: str
    does: str
    by: HolderSpec
    every: Span
    in_special_period: Span | None = None
    produces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """indicators.toml ``[[list]]``: a list an office keeps, as a view over cases (words: ``packs.listing``)."""

    key: str
    title: str
    columns: tuple[str, ...]
    where: Where = Where()


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """indicators.toml ``[[indicator]]``: a figure of what offices promised and did; never of residents.

    ``of`` names a mark, ``over`` the mark that it is a share of ("" = a number); ``by``: split by office or level.
    ``times``: each time counts, not each case once. ``where``: only units of these kinds or levels.
    """

    key: str
    title: str
    of: str
    over: str = ""
    where: Where = Where()
    by: str = ""
    times: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act of a story and what must be true after it (``expect``) or the sentence that must refuse it.

    ``case``: on which of the story's cases ("" = the first); ``other``: the second one of an act on two cases.
    """

    at: str
    who: str
    does: str
    case: str = ""
    other: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""
    expect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """stories/*.toml: a case told in the field's words, played through the door.

    ``may_begin``, ``may_not_begin``: who else could have opened it with the same words, and who could not.
    """

    key: str
    title: str
    procedure: str
    starts: str
    cast: Mapping[str, Any] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    end: Mapping[str, Any] = field(default_factory=dict)
    may_begin: tuple[str, ...] = ()
    may_not_begin: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """All of it. ``papers``: file name -> sha256 of a template under papers/."""

    follows: tuple[Follow, ...] = ()
    rhythms: tuple[Rhythm, ...] = ()
    lists: tuple[ListView, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    stories: tuple[Story, ...] = ()
    papers: Mapping[str, str] = field(default_factory=dict)
