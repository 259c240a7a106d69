"""What goes into the door and what comes out of it and of the selectors. All values, no rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bihuan.cases.errors import CaseError
from bihuan.cases.masked import MaskedContact as MaskedContact  # noqa: PLC0414 - part of this vocabulary
from bihuan.cases.receipts import Receipt
from bihuan.files.shapes import FileLine
from bihuan.rules.terms import Where

if TYPE_CHECKING:
    from bihuan.access.actors import Actor
    from bihuan.cases.papers import PaperLine
    from bihuan.rules.clocks.shape import Reading
    from bihuan.rules.events import Event
    from bihuan.rules.procedure.shape import Procedure
    from bihuan.rules.procedure.view import Offer

MAIN = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactIn:
    """How the resident can be reached, as typed. All empty = anonymous."""

    name: str = ""
    phone: str = ""
    id_no: str = ""
    address: str = ""

    @property
    def empty(self) -> bool:
        """True when nothing was given."""
        return not (self.name or self.phone or self.id_no or self.address)


@dataclass(frozen=True, slots=True)
class SplitFrom:
    """The case that a new one is split off from, and since when the new one's overall limits count (ISO, with offset)."""

    case_id: int
    counted_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCommand:
    """One case to open: the facts of the procedure's opening action, and what stands beside them.

    ``procedure`` "" = the pack's usual one. ``area_code`` "" = unknown: the county's own area, so that the centre's triage
    places it. ``about_unit`` and ``about_account`` (0 = none) name the office or the post holder the matter is about.
    ``contact_id``: a contact already kept by a room above; ``from_record``: the service record it was raised from;
    ``from_batch``: the import that brought it (no part of the request: the same row in a later import is the same row).
    ``split_from``: set by the door alone. ``named``: names of people kept already, masked in the words, no part of the request.
    ``at``: None = now; never later than now.
    """

    actor: Actor
    request_id: str
    facts: Mapping[str, Any]
    procedure: str = ""
    contact: ContactIn = field(default_factory=ContactIn)
    area_code: str = ""
    about_unit: int = 0
    about_account: int = 0
    external_number: str = ""
    is_demo: bool = False
    contact_id: int = 0
    from_record: int = 0
    split_from: SplitFrom | None = None
    from_batch: int = 0
    named: tuple[str, ...] = field(default=(), repr=False)
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A case that now exists. ``tracking_code`` ("7QK4-M2XD") is shown to the person once; ``centre``: who received it.

    ``receipt``: None where the request is answered again; the resident's page tells how the case stands by now.
    """

    case_id: int
    number: str
    tracking_code: str
    version: int
    replayed: bool = False
    centre: int = 0
    receipt: Receipt | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One act on one case. ``seen``: the version the actor looked at, None when he could not look (off line).

    ``other``: the second case of an act that the pack pairs (merge, link), ``seen_other`` the version seen of it.
    ``follows``: only after the command before it in the batch, on the same case, was done; it sees what that one left.
    """

    actor: Actor
    case_id: int
    action: str
    request_id: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    thread: str = MAIN
    seen: int | None = None
    at: datetime | None = None
    other: int = 0
    seen_other: int | None = None
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An act that happened. ``version`` = the case's newest entry; ``state`` = the thread's state now.

    ``asked``: the posts one of which decides on it, where the act was only asked for and has not taken effect.
    """

    case_id: int
    version: int
    state: str
    replayed: bool = False
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One command's outcome in a batch: exactly one of the two is set."""

    done: Done | Opened | None = None
    error: CaseError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """One open thread that waits for the actor's unit and post. ``light``: a value of rules.lights.Light, "" = no clock.

    ``clock``: the one limit that ``due_at`` and ``light`` speak of; "" = the thread's.
    """

    case_id: int
    number: str
    title: str
    thread: str
    thread_kind: str
    item: str
    state: str
    light: str
    due_at: datetime | None
    provisional: bool
    entered_at: datetime
    opened_at: datetime
    area_code: str
    area_name: str
    category: str
    kind: str
    weight: str
    urgency: str
    holder_unit: int
    holder_post: str
    version: int
    next_action: str
    pack_digest: str
    procedure: str
    is_demo: bool
    clock: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPage:
    """A page of lines. ``after``: the key of the next page, "" = no more. ``counts``: open lines per light, all pages."""

    lines: tuple[WorkLine, ...]
    after: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All lines, whatever page they are on."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What a list of cases shows; empty = no condition. ``number``: part of the number. ``procedure``: the case type.

    ``area_code``: the whole subtree; with ``area_alone`` only what is placed in that area and no further.
    ``holder_unit``, ``light`` of an open case and ``beside`` (not the main thread) are asked of one and the same open
    thread, ``state`` of the main thread. ``closed_since``: closed then or later. ``ended_since``: a limit charged to
    ``holder_unit`` (0 = to anybody) ended then or later and before ``ended_until``, with ``ended_late`` a late one, with
    ``ended_kept`` none late; whoever holds the case now. ``mark``: the pack's mark was made for ``holder_unit`` (0 = for
    anybody) from ``marked_since`` to before ``marked_until``. ``opened_since``, ``opened_until``: registered in that time.
    ``by_limit``: open cases alone, those with the earliest limit first. ``view``: the conditions of one of the pack's lists.
    """

    area_code: str = ""
    area_alone: bool = False
    holder_unit: int = 0
    procedure: str = ""
    state: str = ""
    light: str = ""
    beside: bool = False
    category: str = ""
    is_open: bool | None = None
    number: str = ""
    closed_since: datetime | None = None
    ended_since: datetime | None = None
    ended_until: datetime | None = None
    ended_late: bool = False
    ended_kept: bool = False
    mark: str = ""
    marked_since: datetime | None = None
    marked_until: datetime | None = None
    opened_since: datetime | None = None
    opened_until: datetime | None = None
    by_limit: bool = False
    view: Where = Where()


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesPage:
    """A page of cases, newest first. ``after``: the key of the next page, "" = no more."""

    lines: tuple[WorkLine, ...]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage(CasesPage):
    """A page of what a search found. ``understood``: False when nothing that was typed can be looked for.

    ``capped``: so many of the newest were looked at and there are more (0 = all were). ``waiting``: where nothing was
    found, how many new cases are not in the search yet.
    """

    understood: bool = True
    capped: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class SeenCase:
    """What another room may say of a case that its reader sees. ``title`` "" = its words were erased."""

    id: int
    number: str
    title: str
    procedure: str
    pack_digest: str
    area_code: str


@dataclass(frozen=True, slots=True)
class Placed:
    """What the worker needs of a case to write to those in charge of it."""

    id: int
    number: str
    title: str
    procedure: str
    pack_digest: str
    centre: int
    about_unit: int
    about_account: int
    is_demo: bool
    contact: int = 0


@dataclass(frozen=True, slots=True)
class Overdue:
    """A limit that passed before the work was done: whose, on which case, when; ``ended_at`` None = still running."""

    unit: int
    case_id: int
    number: str
    title: str
    clock: str
    due_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideLine:
    """One line of work beside a case's main one: where it stands, with whom, in which light."""

    case_id: int
    thread: str
    item: str
    state: str
    open: bool
    holder_unit: int
    due_at: datetime | None
    light: str
    number: str
    title: str
    pack_digest: str
    procedure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLine:
    """A thread as it stands. ``light`` "" = no running clock."""

    name: str
    kind: str
    item: str
    state: str
    open: bool
    holder_unit: int
    holder_unit_name: str
    holder_post: str
    due_at: datetime | None
    light: str
    version: int
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsLine:
    """Words said with an event. ``text`` "" with ``erased`` = they were erased; the entry stands."""

    name: str
    text: str
    public: bool
    erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One event of the timeline with the words that belong to it. ``doer``: staff, resident or system.

    ``instead_of_name``: for whom a deputy acted, "" = in a post of their own.
    """

    seq: int
    kind: str
    thread: str
    at: datetime
    doer: str
    account: int
    account_name: str
    unit: int
    unit_name: str
    post: str
    facts: Mapping[str, Any]
    words: tuple[WordsLine, ...]
    instead_of_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What each side said: three lists of entries, the newest first, none ever written over another.

    An answer that has not been signed yet is in ``office`` too; its words are not public.
    """

    office: tuple[EntryLine, ...] = ()
    followup: tuple[EntryLine, ...] = ()
    resident: tuple[EntryLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClockLine:
    """One clock with its light. ``reading`` says why: the days counted and the rule; made when first asked for."""

    key: str
    title: str
    thread: str
    state: str
    light: str
    lit: bool
    started_at: datetime | None
    due_at: datetime | None
    amber_at: datetime | None
    stopped_at: datetime | None
    provisional: bool
    charged_unit: int
    charged_unit_name: str
    source: str
    explain: Callable[[], Reading] = field(compare=False, repr=False)

    @cached_property
    def reading(self) -> Reading:
        """The explanation of the limit, day by day (rules.clocks)."""
        return self.explain()

    @property
    def limit_key(self) -> str:
        """Which of the clock's limits applied ("major")."""
        return self.reading.limit_key


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """Everything a case's page shows to one actor, in at most six statements, one more where files are attached.

    ``version`` goes into every form as ``seen``. ``due_at``: the earliest limit that runs; ``promised_at``: by when the matter
    as a whole is done, None where no clock says so any more.
    ``files``: photographs and documents in the order they came, erased ones too.
    ``statements``: what office, follow-up and resident said, side by side. ``reopened``: how often it was handled anew.
    ``reached``: states the main thread has been in, in order. ``offers``: acts for this actor now.
    """

    case_id: int
    number: str
    title: str
    procedure: Procedure
    pack_digest: str
    state: str
    is_open: bool
    version: int
    light: str
    due_at: datetime | None
    provisional: bool
    promised_at: datetime | None
    promised_by: str
    area_code: str
    area_name: str
    category: str
    kind: str
    channel: str
    weight: str
    urgency: str
    centre: int
    centre_name: str
    about_unit: int
    opened_at: datetime
    closed_at: datetime | None
    is_demo: bool
    external_number: str
    threads: tuple[ThreadLine, ...]
    timeline: tuple[EntryLine, ...]
    clocks: tuple[ClockLine, ...]
    contact: MaskedContact | None
    offers: tuple[Offer, ...]
    reached: tuple[str, ...]
    events: tuple[Event, ...]
    files: tuple[FileLine, ...] = ()
    statements: Statements = Statements()
    reopened: int = 0
    parties: tuple[MaskedContact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackStep:
    """One step of the resident's page: what happened, when, which office (never which person), public words only.

    ``unit_name`` took the step, ``office`` holds the matter from then on ("" = as before). ``promised_at``: by when the matter is
    to be done, where the step moved that.
    """

    seq: int
    kind: str
    at: datetime
    state: str
    unit_name: str
    office: str
    by_resident: bool
    words: tuple[WordsLine, ...]
    facts: Mapping[str, Any]
    promised_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPage:
    """What a resident sees with the tracking code. ``offers``: acts of the resident now (answer, rate, withdraw).

    ``files``: what the resident added and what is public; ``papers``: those that went out to the resident.
    ``why`` explains the promised date day by day, made when asked for; None where nothing is promised.
    """

    case_id: int
    number: str
    title: str
    procedure: Procedure
    pack_digest: str
    state: str
    is_open: bool
    version: int
    opened_at: datetime
    promised_at: datetime | None
    promised_by: str
    provisional: bool
    overdue: bool
    office: str
    category: str
    steps: tuple[TrackStep, ...]
    offers: tuple[Offer, ...]
    is_demo: bool
    files: tuple[FileLine, ...] = ()
    papers: tuple[PaperLine, ...] = ()
    reopened: int = 0
    why: Callable[[], Reading] | None = field(default=None, compare=False, repr=False)
