"""Residents' messages out of a file into cases: look first, try without writing, then take in; again is never twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases.services import open_many
from bihuan.cases.shapes import ContactIn, OpenCommand, Opened
from bihuan.exchange.columns import TITLES, Field, map_columns
from bihuan.exchange.faults import FileRefused, RowFault
from bihuan.exchange.messages import Choices, Message, Messages, read_messages, words_of
from bihuan.exchange.table import Table
from bihuan.exchange.texts import read_csv
from bihuan.exchange.workbook import OLD_EXCEL, read_workbook
from bihuan.intake import batches
from bihuan.ledger import clock
from bihuan.ledger.services import LASTING
from bihuan.packs import Pack
from bihuan.places import selectors as places
from bihuan.rulebook.selectors import calendar_for
from bihuan.rules.procedure.decide import check_facts
from bihuan.rules.procedure.shape import Need, opening_act
from bihuan.rules.procedure.view import Refusal

CHUNK = 200
IMPORT_CHANNEL = "import"
ZIP_START = b"PK\x03\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file as read: the table, what each row says, and the rules it was read under.

    ``procedure``: the case type that its messages become; "" = the pack's usual one.
    """

    table: Table
    messages: Messages
    defaults: Mapping[str, str]
    procedure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an import. ``opened``: new cases by line; ``already``: lines that were taken in before."""

    opened: Mapping[int, Opened] = field(default_factory=dict)
    already: Mapping[int, Opened] = field(default_factory=dict)
    faults: tuple[RowFault, ...] = ()
    dry_run: bool = False


Progress = Callable[[int], None]
Received = Callable[[Message], datetime | None]
About = Callable[[Message], int]


def read_table(content: bytes) -> Table:
    """A workbook by what it begins with, else a csv file. Raises FileRefused."""
    if content.startswith((ZIP_START, OLD_EXCEL)):
        return read_workbook(content)
    return read_csv(content)


def choices_of(pack: Pack) -> Choices:
    """The words that the columns kind, channel and area may hold: keys and titles of the pack, codes and names of areas."""
    kinds, channels = pack.catalogue.kinds, pack.catalogue.channels
    names: dict[str, str] = {}
    counted: Counter[str] = Counter()
    facts = [fact for level in pack.levels for fact in places.of_level(level.key)]
    paths = places.path_names(fact.code for fact in facts)
    for fact in facts:
        spelled = {fact.name.casefold(), paths[fact.code].casefold(), paths[fact.code].replace("·", "").casefold()}
        counted.update(spelled)
        names |= dict.fromkeys(spelled, fact.code)
    doubtful = frozenset(name for name, times in counted.items() if times > 1)
    areas = {name: code for name, code in names.items() if name not in doubtful}
    return Choices(
        kinds=words_of((one.key, one.title) for one in kinds),
        channels=words_of((one.key, one.title) for one in channels),
        areas=areas | {fact.code: fact.code for fact in facts},
        doubtful_areas=doubtful,
    )


def read_file(
    content: bytes,
    pack: Pack,
    *,
    chosen: Mapping[Field, int] | None = None,
    kind: str = "",
    channel: str = "",
    procedure: str = "",
) -> Reading:
    """Read a file: every row a message or a reason why not. ``chosen`` overrules what the headers say.

    ``kind`` and ``channel`` (keys of the pack) stand for all rows that say none; ``procedure``: the case type that the
    messages become ("" = the pack's usual one). Raises FileRefused.
    """
    if procedure and procedure not in pack.procedures:
        raise FileRefused(_("There is no case type “%(word)s”.") % {"word": procedure})
    table = read_table(content)
    mapped = map_columns(table, chosen)
    messages = read_messages(table, mapped, choices=choices_of(pack), zone=ZoneInfo(pack.calendar.zone), now=clock.now())
    channels = {one.key for one in pack.catalogue.channels}
    defaults = {"kind": kind, "channel": channel or (IMPORT_CHANNEL if IMPORT_CHANNEL in channels else "")}
    for name, known in (("kind", {one.key for one in pack.catalogue.kinds}), ("channel", channels)):
        if defaults[name] and defaults[name] not in known:
            raise FileRefused(_("There is no %(field)s “%(word)s”.") % {"field": _(name), "word": defaults[name]})
    checked = refuse_incomplete(messages, pack, defaults, procedure)
    return Reading(table=table, messages=checked, defaults=defaults, procedure=procedure)


def refuse_incomplete(messages: Messages, pack: Pack, defaults: Mapping[str, str], procedure: str = "") -> Messages:
    """Check every message against what the procedure's opening act asks for: too long, too short, nothing chosen."""
    needs, calendar, now = opening_needs(pack, procedure), calendar_for(pack), clock.now()
    ready: list[Message] = []
    faults = list(messages.faults)
    column_of: Mapping[str, Field] = {"title": "subject", "what": "text", "kind": "kind", "channel": "channel"}
    for message in messages.ready:
        checked = check_facts(needs, opening_facts(message, needs, defaults), now, calendar)
        if not isinstance(checked, Refusal):
            ready.append(message)
            continue
        column = column_of.get(checked.field)
        header = messages.mapped.header_of(column) or _(TITLES[column]) if column else ""
        say = _(checked.msgid) % checked.params if checked.msgid else checked.say
        if column in ("kind", "channel") and messages.mapped.index_of(column) is None:
            say = _("The file has no such column; choose one for all rows.")
        faults.append(RowFault(line=message.line, column=header, say=say))
    faults.sort(key=lambda fault: fault.line)
    return replace(messages, ready=tuple(ready), faults=tuple(faults))


def opening_needs(pack: Pack, procedure: str = "") -> dict[str, Need]:
    """What the opening act asks for, but for what the door takes beside the facts: place, person, avoidance."""
    spec = pack.procedures[procedure or pack.usual()]
    action = opening_act(spec)
    beside = {"area", "unit", "post", "person"}
    return {name: need for name, need in action.needs.items() if need.type not in beside}


def opening_facts(message: Message, needs: Mapping[str, Need], defaults: Mapping[str, str]) -> dict[str, str]:
    """A message as the facts of the opening act; only those that the procedure asks for."""
    said = {
        "title": message.subject,
        "what": message.text,
        "kind": message.kind or defaults.get("kind", ""),
        "channel": message.channel or defaults.get("channel", ""),
        "written": message.written.at.isoformat() if message.written else "",
        "external_number": message.number,
    }
    return {name: value for name, value in said.items() if value and name in needs}


def commands(
    messages: Iterable[Message],
    *,
    actor: Actor,
    pack: Pack,
    defaults: Mapping[str, str],
    received: Received | None = None,
    about: About | None = None,
    is_demo: bool = False,
    batch: int = 0,
    procedure: str = "",
) -> Iterator[OpenCommand]:
    """The commands that open a case for each message. ``received``: when it counts as received; None = now, as always.

    ``about``: the unit that a message is about (0 = none), where somebody has read it.
    """
    procedure = procedure or pack.usual()
    needs = opening_needs(pack, procedure)
    for message in messages:
        yield OpenCommand(
            actor=actor,
            request_id=f"{LASTING}{message.row_key}",
            facts=opening_facts(message, needs, defaults),
            procedure=procedure,
            contact=ContactIn(name=message.name, phone=message.phone, id_no=message.id_no, address=message.address),
            area_code=message.area_code,
            external_number=message.number,
            about_unit=about(message) if about else 0,
            is_demo=is_demo,
            from_batch=batch,
            at=received(message) if received else None,
        )


def take_in(
    messages: Sequence[Message],
    *,
    actor: Actor,
    pack: Pack,
    defaults: Mapping[str, str],
    received: Received | None = None,
    about: About | None = None,
    is_demo: bool = False,
    progress: Progress | None = None,
    batch: int = 0,
    procedure: str = "",
) -> Outcome:
    """Open a case for each message, 200 in one transaction. Stopped half way, the same call again takes in the rest.

    A row taken in before (by whomever, with the same words) answers with the case it became; nothing is added.
    ``batch``: the number of the import (``intake.batches.begin``) that its cases belong to.
    """
    opened: dict[int, Opened] = {}
    already: dict[int, Opened] = {}
    faults: list[RowFault] = []
    rest = iter(messages)
    while chunk := list(islice(rest, CHUNK)):
        asked = list(
            commands(
                chunk, actor=actor, pack=pack, defaults=defaults, received=received, about=about, is_demo=is_demo, batch=batch,
                procedure=procedure,
            )
        )  # fmt: skip
        for message, verdict in zip(chunk, open_many(asked), strict=True):
            if isinstance(verdict.done, Opened):
                (already if verdict.done.replayed else opened)[message.line] = verdict.done
            else:
                say = verdict.error.say if verdict.error else _("The row was not taken in.")
                faults.append(RowFault(line=message.line, column="", say=say))
        if progress:
            progress(len(chunk))
    return Outcome(opened=opened, already=already, faults=tuple(faults))


def take_in_recorded(
    reading: Reading, content: bytes, *, actor: Actor, pack: Pack, file_name: str = "", progress: Progress | None = None
) -> Outcome:
    """Take in what was read, recorded as one import that can be undone; the faults of the reading are among its faults."""
    messages = reading.messages
    refused = len(messages.refused_lines)
    batch = batches.begin(actor=actor, file_name=file_name, content=content, rows=len(messages.ready), refused=refused)
    outcome = take_in(
        messages.ready, actor=actor, pack=pack, defaults=reading.defaults, progress=progress, batch=batch,
        procedure=reading.procedure,
    )  # fmt: skip
    faults = (*messages.faults, *outcome.faults)
    batches.finish(batch, already=len(outcome.already), refused=len({fault.line for fault in faults}))
    return replace(outcome, faults=faults)


def import_file(
    content: bytes,
    *,
    actor: Actor,
    pack: Pack,
    file_name: str = "",
    kind: str = "",
    channel: str = "",
    procedure: str = "",
    chosen: Mapping[Field, int] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> tuple[Reading, Outcome]:
    """Read a file and take its messages in; with ``dry_run`` everything but the writing. Raises FileRefused."""
    reading = read_file(content, pack, chosen=chosen, kind=kind, channel=channel, procedure=procedure)
    if dry_run:
        return reading, Outcome(faults=reading.messages.faults, dry_run=True)
    return reading, take_in_recorded(reading, content, actor=actor, pack=pack, file_name=file_name, progress=progress)
