"""The language as it is written: one struct for each table of TOML. Unknown keys and wrong types are refused by msgspec.

These structs live only while a pack is read; the frozen values of ``packs.shape`` and ``rules.procedure.shape`` are
built from them. A fact of law carries ``source`` and ``confidence``.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Conditions = dict[str, str | int | bool | list[str]]
Confidence = Literal["", "A", "B", "C", "M"]


class Table(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of every table: keys that the language does not know are refused."""


class SpanT(Table, kw_only=True):
    """``{ n = 7, unit = "working_day" }``."""

    n: int
    unit: Literal["working_day", "calendar_day", "month", "working_hour", "hour"]


class BeforeT(Table, kw_only=True):
    """``amber = { before = {...} }``."""

    before: SpanT


class PackT(Table, kw_only=True):
    """``[pack]``."""

    name: str
    title: str
    version: str
    published: bool = False
    base: str = ""
    area: str = ""
    languages: tuple[str, ...] = ("zh",)
    sources: list[str] = []


class CalendarT(Table, kw_only=True):
    """``[calendar]``."""

    zone: str
    periods: list[list[str]]
    ends_at: Literal["close", "midnight"] = "close"
    ends_on_day_off: dict[str, Literal["next_working_day", "stay"]] = {}
    pause_counts: Literal["running_at_close"] = "running_at_close"


class LightsT(Table, kw_only=True):
    """``[lights]``."""

    amber: BeforeT
    amber_one_day: BeforeT | None = None
    amber_hours: BeforeT | None = None
    remind: BeforeT | None = None


class NumberT(Table, kw_only=True):
    """``[numbers]`` one entry."""

    format: str
    per: tuple[str, ...] = ("year",)
    gaps: bool = True


class AreaT(Table, kw_only=True):
    """areas.toml ``[area]``."""

    code: str
    name: str
    divisions: str = ""
    grids: int = 0
    grid_name: str = ""


class LevelT(Table, kw_only=True):
    """areas.toml ``[[level]]``."""

    key: str
    title: str
    digits: int
    centre: str = ""


class PostT(Table, kw_only=True):
    """posts.toml ``[[post]]``."""

    key: str
    title: str
    unit_kinds: list[str]
    duties: list[str] = []
    apart_from: list[str] = []
    administers: bool = False


class UnitKindT(Table, kw_only=True):
    """offices.toml ``[[unit_kind]]``."""

    key: str
    title: str
    level: str
    superior: str = ""
    assignable: bool = False
    centre: bool = False
    receives: bool = False
    committee: str = ""


class OfficeT(Table, kw_only=True):
    """offices.toml ``[[office]]``."""

    key: str
    title: str
    kind: str
    per: str = ""
    superior: str = ""


class CategoryT(Table, kw_only=True):
    """catalogue.toml ``[[category]]``; ``children`` are second-level categories: key = title."""

    key: str
    title: str
    children: dict[str, str] = {}


class DutyT(Table, kw_only=True):
    """catalogue.toml ``[[duty]]``: the duty list of a level, ``[duty.lines]`` category = { office, basis }."""

    class LineT(Table, kw_only=True):
        """One line: the office that answers, and the text that says so."""

        office: str
        basis: str

    level: str
    source: str = ""
    confidence: Confidence = ""
    lines: dict[str, LineT]


class SuggestT(Table, kw_only=True):
    """catalogue.toml ``[[suggest]]``: words that speak for one category or one urgency."""

    category: str = ""
    urgency: str = ""
    words: list[str]


class LookAlikeT(Table, kw_only=True):
    """catalogue.toml ``[look_alike]``: how far back matters are looked at that may be the same."""

    days: int = 30


class HolderT(Table, kw_only=True):
    """``holder`` of a state, ``handler`` of a grade, ``by`` of a rhythm."""

    post: str = ""
    at: str = ""
    fact: str = ""
    keep: bool = False
    superior_of: str = ""
    item: str = ""
    nobody: bool = False
    grade: bool = False
    in_kind: dict[str, str] = {}


class GradeT(Table, kw_only=True):
    """catalogue.toml ``[[grade]]``."""

    class WhenT(Table, kw_only=True, rename={"in_": "in"}):
        """One condition on a fact of the matter."""

        fact: str
        in_: list[str]

    key: str
    title: str
    handler: HolderT
    when: list[WhenT] = []


class ReopensT(Table, kw_only=True):
    """``reopens`` of a final state."""

    to: str
    within: SpanT
    times: int


class StateT(Table, kw_only=True):
    """``[[state]]``."""

    key: str
    title: str = ""
    final: bool = False
    holder: HolderT | None = None
    reopens: ReopensT | None = None


class NeedT(Table, kw_only=True):
    """One entry of ``needs``. ``of`` is a list, or the name of a list the pack holds: "@category"."""

    type: Literal[
        "text", "choice", "choices", "int", "bool", "date", "instant", "money", "unit", "units",
        "post", "area", "file", "files", "person", "case", "route", "dates",
    ]  # fmt: skip
    title: str = ""
    optional: bool = False
    min: int | None = None
    max: int | None = None
    of: str | list[str] = []
    future: bool = False
    past: bool = False
    latest: SpanT | None = None
    public: bool = False
    public_on: str = ""
    sets: str = ""
    when: Conditions = {}
    of_centre: bool = False
    other: bool = False
    informed: bool = False
    every: bool = False


class GuardT(Table, kw_only=True, rename={"in_": "in", "as_": "as"}):
    """One entry of ``guard``; exactly one family (see docs/rules/packs.md)."""

    class WithinT(Table, kw_only=True):
        """``within = { after, n, unit }``."""

        after: str
        n: int
        unit: Literal["working_day", "calendar_day", "month", "working_hour", "hour"]

    say: str = ""
    count: str = ""
    where: Conditions = {}
    since: str = "start"
    min: int | None = None
    max_before: int | None = None
    equals: int | None = None
    not_the_one_who: str | list[str] = []
    as_: Literal["account", "unit"] = "account"
    clock: str = ""
    not_red: bool = False
    red: bool = False
    not_stopped: bool = False
    within: WithinT | None = None
    threads: str = ""
    all_in: list[str] = []
    any_in: list[str] = []
    none_open: bool = False
    fact: str = ""
    known: bool = False
    grade: bool = False
    in_: list[str] = []
    distinct: Literal["", "half_day"] = ""
    differ: list[str] = []


class ApproveT(Table, kw_only=True):
    """``approve`` of an action."""

    who: list[str]
    at: str = ""
    not_the_one_who: Literal["asked"] = "asked"
    within: SpanT | None = None
    silence: Literal["refused", "granted"] = "refused"


class AutomaticT(Table, kw_only=True):
    """``automatic`` of an action: exactly one of count (+ where, since, min, equals), date_fact, clock_red, avoided."""

    count: str = ""
    where: Conditions = {}
    since: str = "start"
    min: int | None = None
    equals: int | None = None
    distinct: Literal["", "half_day"] = ""
    date_fact: str = ""
    clock_red: list[str] = []
    avoided: bool = False


class PairT(Table, kw_only=True):
    """``pair`` of an action: the act done with it on the case that ``fact`` names, and the link it begins or ends."""

    act: str
    fact: str
    link: Literal["", "merged", "split", "related"] = ""
    unlink: Literal["", "merged", "split", "related"] = ""


class ActionT(Table, kw_only=True, rename={"from_": "from"}):
    """``[[action]]``."""

    key: str
    title: str = ""
    from_: list[str] = []
    to: str | dict[str, str] = "stay"
    who: list[str] = []
    who_of: HolderT | None = None
    needs: dict[str, NeedT] = {}
    guard: list[GuardT] = []
    approve: ApproveT | None = None
    automatic: AutomaticT | None = None
    event: str = ""
    source: str = ""
    confidence: Confidence = ""
    optional: bool = False
    primary: bool = False
    says: Literal[
        "", "answer", "answer_out", "answer_passed", "again", "question", "reply", "progress", "finding", "rating",
    ] = ""  # fmt: skip
    pair: PairT | None = None
    many: bool = False
    holder_in: list[str] = []
    centre: str = ""
    takes: str = ""
    about: Literal["", "besides", "instead"] = ""
    grades: bool = False


class LimitT(Table, kw_only=True):
    """``limit`` or one of ``limits``; ``by``: a fact whose value is an errand, each with its own ``within``."""

    key: str = ""
    where: Conditions = {}
    n: int | None = None
    unit: Literal["", "working_day", "calendar_day", "month", "working_hour", "hour"] = ""
    fact: str = ""
    by: str = ""
    amber: BeforeT | None = None


class EarliestT(Table, kw_only=True):
    """``earliest`` of a clock: the limit that a merged matter brings along."""

    event: str
    fact: str
    item: str
    until: str = ""
    of: list[str] = []


class ClockT(Table, kw_only=True):
    """``[[clock]]``."""

    key: str
    title: str = ""
    charges: str = "holder"
    starts: list[str] = []
    stops: list[str] = []
    pauses: dict[str, str] = {}
    ends_pause: list[str] = []
    resumes_after: dict[str, str] = {}
    restarts: dict[str, str] | list[str] = []
    extends: dict[str, str] = {}
    limit: LimitT | None = None
    limits: list[LimitT] = []
    every: SpanT | None = None
    amber: BeforeT | None = None
    marks: list[str] = []
    takes_back: dict[str, str] = {}
    since: str = ""
    earliest: EarliestT | None = None
    promise: bool = False
    source: str = ""
    confidence: Confidence = ""


class OpenedByT(Table, kw_only=True):
    """``opened_by`` of a thread."""

    action: str | list[str]
    one_for_each: str = ""
    numbered: str = ""


class ThreadT(Table, kw_only=True):
    """``[[thread]]``."""

    key: str
    title: str = ""
    opened_by: OpenedByT
    start: str
    state: list[StateT] = []
    action: list[ActionT] = []
    clock: list[ClockT] = []


class StartT(Table, kw_only=True):
    """``start`` of a procedure. ``state_in``: another first state, by the kind of the unit that receives."""

    action: str
    state: str
    state_in: dict[str, str] = {}


class ProcedureT(Table, kw_only=True):
    """``[procedure]``."""

    key: str
    title: str = ""
    family: str = "matter"
    start: StartT
    ladder: list[str] = []


class FollowT(Table, kw_only=True):
    """follows.toml ``[[follow]]``."""

    on: str
    where: Conditions = {}
    then: list[dict[str, Any]] = []


class RhythmT(Table, kw_only=True):
    """rhythms.toml ``[[rhythm]]``."""

    key: str
    title: str = ""
    does: Literal["inspect", "study", "report", "meet"]
    by: HolderT
    every: SpanT
    in_special_period: SpanT | None = None
    produces: str = ""


class ListT(Table, kw_only=True):
    """indicators.toml ``[[list]]``."""

    key: str
    title: str = ""
    columns: list[str]
    where: Conditions = {}


class IndicatorT(Table, kw_only=True):
    """indicators.toml ``[[indicator]]``."""

    key: str
    title: str = ""
    of: str
    over: str = ""
    by: Literal["", "office", "level"] = ""
    times: bool = False
    where: Conditions = {}


class MarkT(Table, kw_only=True):
    """indicators.toml ``[[mark]]``."""

    key: str
    title: str = ""
    on: list[str]
    of: str = "doer"
    where: Conditions = {}
    clocks: list[str] = []
    thread: str = ""
