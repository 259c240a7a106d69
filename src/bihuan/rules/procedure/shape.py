"""What a procedure is: states, actions, guards, approvals, threads (pack file ``procedures/*.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.terms import HolderSpec as HolderSpec  # noqa: PLC0414 - part of this vocabulary
from bihuan.rules.terms import Span, Where

STAY, BEFORE, NEXT_ON_LADDER = "stay", "before", "next_on_ladder"
NeedType = Literal[
    "text", "choice", "choices", "int", "bool", "date", "instant", "money", "unit", "units",
    "post", "area", "file", "files", "person", "case", "route", "dates",
]  # fmt: skip
_SAID_ONCE = frozenset({"text", "choice", "choices", "int", "bool", "date", "instant"})
LinkKind = Literal["", "merged", "split", "related"]
Distinct = Literal["", "half_day"]
"""Of several counted events in one half of one day (before or after noon) only one counts."""
Says = Literal["", "answer", "answer_out", "answer_passed", "again", "question", "reply", "progress", "finding", "rating"]
"""What an act says to or for the resident (``Action.says``); "" = nothing that a screen singles out."""
SINCE: Final = ("start", "entered_state", "reopened", "centre")
"""From when a guard counts; any other word is the event of its own part after the latest of which it counts anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopens:
    """A final state that can be left: where to, within what span of entering it, how many times in all."""

    to: str
    within: Span
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One state of a procedure or thread."""

    key: str
    title: str = ""
    final: bool = False
    holder: HolderSpec | None = None
    reopens: Reopens | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One fact an action asks for. ``min``/``max``: characters, number, or count of items; ``of``: the choices or unit kind.

    ``public``: a text that the resident may read on the tracking page. ``title``: the words on the form.
    ``public_on``: the event of the same thread that makes it so (an answer goes out when it is signed); "" = at once.
    ``when``: asked only where the other facts of the same act hold; there it is required (unless ``optional``),
    elsewhere it is refused.
    ``sets``: the case attribute that takes the value; the event carries it under that name too.
    ``of_centre``: only units that the case's centre answers for: those of its own area and level, and those right below it.
    ``other``: only another unit than the one that holds the case.
    ``future``: a day or an instant that has not come yet; ``past``: one that has (when a paper was served); today may be either.
    ``informed``: units that see the case from now on though they never hold it.
    ``every``: nobody is asked: it is every unit of these kinds in the case's area (a campaign's grids).
    """

    type: NeedType
    title: str = ""
    optional: bool = False
    min: int | None = None
    max: int | None = None
    of: tuple[str, ...] = ()
    future: bool = False
    past: bool = False
    latest: Span | None = None
    public: bool = False
    public_on: str = ""
    sets: str = ""
    when: Where = Where()
    of_centre: bool = False
    other: bool = False
    informed: bool = False
    every: bool = False

    @property
    def same_for_all(self) -> bool:
        """True for what may be said once for several cases: words, a choice, a day; not who or where."""
        return self.type in _SAID_ONCE and not self.sets


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One condition of the closed list (PACKS.md); exactly one family of fields is set. ``say`` is what the person reads.

    ``since`` "centre": since the case last changed its centre; an event: since the latest of them (``SINCE``).
    ``after`` may be "entered_state": since the state began.
    """

    say: str = ""
    # {count, where, since, min|max_before|equals}
    count: str = ""
    where: Where = Where()
    since: str = "start"
    min: int | None = None
    max_before: int | None = None
    equals: int | None = None
    distinct: Distinct = ""
    # {not_the_one_who = [events], as = "account|unit"}; as unit = neither the account nor anybody of its unit
    not_the_one_who: tuple[str, ...] = ()
    as_unit: bool = False
    # {clock, not_red|red|not_stopped}
    clock: str = ""
    clock_is: str = ""
    # {within = {after, n, unit}}
    after: str = ""
    within: Span | None = None
    # {threads, all_in|any_in|none_open}
    threads: str = ""
    all_in: tuple[str, ...] = ()
    any_in: tuple[str, ...] = ()
    none_open: bool = False
    # {fact, in}, {fact, known} and {grade, in}; known = the case carries the fact at all
    fact: str = ""
    known: bool = False
    grade: bool = False
    in_: tuple[str, ...] = ()
    # {differ = [fact, fact]}: no unit is named by two of them
    differ: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An act that takes effect only when granted: who grants, not the one who asked, within what span, and what silence means."""

    who: tuple[str, ...]
    not_the_one_who: str = "asked"
    within: Span | None = None
    silence: Literal["refused", "granted"] = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic:
    """When the system performs an action by itself; exactly one of count (as a guard), date_fact, clock_red, avoided.

    ``avoided``: whoever holds the thread is, or stands below, the unit that the case turns out to be about.
    """

    count: Guard | None = None
    date_fact: str = ""
    clock_red: tuple[str, ...] = ()
    avoided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    """Where an action leads: ``state`` (a key, stay, before, next_on_ladder) or by the value of ``fact`` in ``by_value``.

    A value that ``by_value`` does not name leads to ``state``, or nowhere (stay) when that is empty.
    """

    state: str = ""
    fact: str = ""
    by_value: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two acts on two cases, both or neither: ``act`` is done on the case that the fact ``fact`` (type case) names.

    The door fills that fact, and what the other case brings along (``Earliest``); the start action as ``act``: a new case.
    ``link``: the kind of link between the two that begins with it (merged, split, related), ``unlink`` the one that ends.
    """

    act: str
    fact: str
    link: LinkKind = ""
    unlink: LinkKind = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRule:
    """A grade of the matter and what makes it so: any one of ``when``; the last grade of a pack has none."""

    key: str
    when: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One act. ``who``: holder, a post key, "centre.<post>" (of the case's centre), "above.<post>" (of a unit above that
    centre), resident, system. Facts not named in ``needs`` are refused.

    ``who_of``: posts named in ``who`` may act only in that unit (the receiving centre, the unit of a fact or of the item).
    ``from_`` lists every state it may be done in, final ones too; empty only for the action that opens a case.
    ``says``: what its words are, so that screens need no event's name: the office's ``answer``, which is the resident's
    from ``answer_out`` on, found right (``answer_passed``) or handled ``again``; the office's ``question`` and the
    resident's ``reply``; ``progress``; the follow-up's ``finding``; the resident's ``rating``.
    ``many``: it may be done on several cases at once, from a list; what it asks for is then said once, for all of them. With
    ``approve`` it is asked for on each: each case has its own thread and its own decision.
    ``holder_in``: the act is there only while a unit of one of these kinds holds the thread; empty = whoever holds it.
    ``centre``: the act hands the case to another centre: "superior" = the one above, else the need that names it.
    ``takes``: the fact that names, from this act on, the unit that holds the thread now (a village that keeps a matter).
    ``about``: the act says whom the case is about; they and everyone below lose sight of it at once.
    ``grades``: the act grades the matter: the first of these that the case's facts and its own meet.
    """

    key: str
    title: str = ""
    from_: tuple[str, ...] = ()
    to: To = To(state=STAY)
    who: tuple[str, ...] = ()
    needs: Mapping[str, Need] = field(default_factory=dict)
    guards: tuple[Guard, ...] = ()
    approve: Approval | None = None
    automatic: Automatic | None = None
    event: str = ""
    source: str = ""
    confidence: str = ""
    optional: bool = False
    primary: bool = False
    who_of: HolderSpec | None = None
    says: Says = ""
    pair: Pair | None = None
    many: bool = False
    holder_in: tuple[str, ...] = ()
    centre: str = ""
    takes: str = ""
    about: Literal["", "besides", "instead"] = ""
    grades: tuple[GradeRule, ...] = ()


def moves(action: Action) -> bool:
    """Whether the act leads its thread to another place, in whatever way that place is said (a key, by a fact, by a ladder)."""
    return bool(action.to.by_value) or action.to.state not in ("", STAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadSpec:
    """A kind of thread beside the main one, opened by an action once or once for each item of a fact.

    ``also_by``: other actions that open it in the same way.

    ``approves``: the action whose approval this thread is; when its action ``grant_<key>`` is done, that action takes
    effect on the thread it was asked in.

    ``numbered``: the threads are numbered in the order of opening instead of being named by their item, so that two may have
    the same (two instalments on one day); each carries its own item as the fact of this name ("due_on" of "due_dates").
    """

    key: str
    title: str = ""
    opened_by: str = ""
    also_by: tuple[str, ...] = ()
    one_for_each: str = ""
    numbered: str = ""
    start: str = ""
    approves: str = ""
    states: tuple[State, ...] = ()
    actions: tuple[Action, ...] = ()
    clocks: tuple[ClockSpec, ...] = ()

    @property
    def openers(self) -> tuple[str, ...]:
        """Every action that opens it."""
        return (self.opened_by, *self.also_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """One case type: its states, actions, threads (approvals already turned into threads by the loader) and clocks.

    ``starts_in``: the first state by the kind of the unit that receives the case, where it is not ``start_state``.
    """

    key: str
    title: str = ""
    family: str = "matter"
    start_action: str = ""
    start_state: str = ""
    starts_in: Mapping[str, str] = field(default_factory=dict)
    ladder: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    actions: tuple[Action, ...] = ()
    threads: tuple[ThreadSpec, ...] = ()
    clocks: tuple[ClockSpec, ...] = ()

    def said_by(self) -> dict[str, Says]:
        """What each event of the main thread says, for those whose action says something."""
        return {action.event: action.says for action in self.actions if action.says}


def opening_act(procedure: Procedure) -> Action:
    """The act that opens a case of this type."""
    return next(action for action in procedure.actions if action.key == procedure.start_action)
