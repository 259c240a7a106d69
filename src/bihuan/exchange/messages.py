"""Rows of a table as residents' messages: each one complete, or refused with every reason at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bihuan.exchange.cells import Moment, as_moment, as_text
from bihuan.exchange.columns import FIELDS, TITLES, Field, Mapped
from bihuan.exchange.faults import CellRefused, RowFault
from bihuan.exchange.table import Row, Table, is_empty
from bihuan.vault import keyed_hash

SUBJECT_MAX = 200
SUBJECT_FROM_TEXT = 40
TEXT_FIELDS: tuple[Field, ...] = tuple(field for field in FIELDS if field != "time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The words a column may hold and the key each stands for; an empty mapping takes no such column."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, str] = field(default_factory=dict)
    doubtful_areas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One resident's message out of a file. ``written``: when the person wrote it, None = the file does not say.

    ``row_key`` is the same whenever the same row is read again: the number if there is one, and everything said.
    """

    line: int
    row_key: str
    number: str
    written: Moment | None
    subject: str
    text: str
    kind: str = ""
    channel: str = ""
    name: str = ""
    phone: str = ""
    id_no: str = ""
    address: str = ""
    area_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """What a table gave: the messages that can be taken in, and what is wrong with the other rows."""

    ready: tuple[Message, ...]
    faults: tuple[RowFault, ...]
    mapped: Mapped

    @property
    def refused_lines(self) -> frozenset[int]:
        """The lines of the rows that are not taken in."""
        return frozenset(fault.line for fault in self.faults)


def words_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Both key and title lead to the key: {"complaint": "complaint", "投诉": "complaint"}."""
    return {word.casefold(): key for key, title in pairs for word in (key, title)}


def read_messages(table: Table, mapped: Mapped, *, choices: Choices, zone: ZoneInfo, now: datetime) -> Messages:
    """Read every row after the headers; a row with any fault is left out whole, and all its faults are told."""
    ready: list[Message] = []
    faults: list[RowFault] = []
    first_with: dict[str, int] = {}
    for row in table.rows:
        if row.line <= mapped.line or all(is_empty(cell) for cell in row.cells):
            continue
        message, wrong = read_row(row, mapped, choices=choices, zone=zone, now=now)
        if message is not None:
            same = first_with.setdefault(message.number or message.row_key, row.line)
            if same != row.line:
                say = _("Line %(line)s has the same number.") if message.number else _("Line %(line)s says the same.")
                wrong = [RowFault(line=row.line, column=mapped.header_of("number"), say=say % {"line": same})]
                message = None
        faults += wrong
        if message is not None:
            ready.append(message)
    return Messages(ready=tuple(ready), faults=tuple(faults), mapped=mapped)


def read_row(
    row: Row, mapped: Mapped, *, choices: Choices, zone: ZoneInfo, now: datetime
) -> tuple[Message | None, list[RowFault]]:
    """One row as a message, or every fault of it."""
    wrong: list[RowFault] = []

    def fault(of: Field, say: str) -> None:
        wrong.append(RowFault(line=row.line, column=mapped.header_of(of), say=say))

    values: dict[Field, str] = {}
    for name in TEXT_FIELDS:
        index = mapped.index_of(name)
        try:
            values[name] = "" if index is None or index >= len(row.cells) else as_text(row.cells[index])
        except CellRefused as refused:
            values[name] = ""
            fault(name, refused.say)
    written = None
    index = mapped.index_of("time")
    if index is not None and index < len(row.cells):
        try:
            written = as_moment(row.cells[index], zone, now=now)
        except CellRefused as refused:
            fault("time", refused.say)
    if not values["text"] and not any(found.column == mapped.header_of("text") for found in wrong):
        fault("text", _("There is no text."))
    if len(values["subject"]) > SUBJECT_MAX:
        fault("subject", _("The subject is longer than %(n)s characters.") % {"n": SUBJECT_MAX})
    for name, known in (("kind", choices.kinds), ("channel", choices.channels), ("area", choices.areas)):
        translated = chosen(values[name], known) if values[name] else ""
        if translated is None:
            fault(name, unknown_word(name, values[name], choices))
        values[name] = translated or ""
    if wrong:
        return None, wrong
    return message_of(row.line, values, written), []


def message_of(line: int, values: Mapping[Field, str], written: Moment | None) -> Message:
    """The message out of values already found right."""
    subject = values["subject"] or subject_from(values["text"])
    said = [values[name] for name in TEXT_FIELDS] + [written.at.isoformat() if written else ""]
    return Message(
        line=line,
        row_key=keyed_hash("\x1f".join(said), "exact")[:40],
        number=values["number"],
        written=written,
        subject=subject,
        text=values["text"],
        kind=values["kind"],
        channel=values["channel"],
        name=values["name"],
        phone=values["phone"],
        id_no=values["id_no"],
        address=values["address"],
        area_code=values["area"],
    )


def subject_from(text: str) -> str:
    """The first sentence, or its beginning, where a message came without a subject."""
    first = text.strip().splitlines()[0].strip()
    for mark in "。！？!?；;":
        head = first.split(mark)[0].strip()
        if 0 < len(head) < len(first):
            first = head
    return first if len(first) <= SUBJECT_FROM_TEXT else first[: SUBJECT_FROM_TEXT - 1] + "…"


def chosen(word: str, known: Mapping[str, str]) -> str | None:
    """The key that a word stands for, None when it stands for none."""
    return known.get(unicodedata.normalize("NFKC", word).strip().casefold())


def unknown_word(name: Field, word: str, choices: Choices) -> str:
    """The sentence about a word that is not among the choices of its column."""
    if name == "area":
        if word.strip().casefold() in choices.doubtful_areas:
            return _("More than one area is called “%(word)s”; write its code.") % {"word": word}
        return _("There is no area “%(word)s”.") % {"word": word}
    say = _("“%(word)s” is none of the choices for the %(field)s.")
    return say % {"word": word, "field": _(TITLES[name])}


def by_time(messages: Iterable[Message]) -> list[Message]:
    """Oldest first, those without a time last; the order of the file decides between equals."""
    far = datetime.max.replace(tzinfo=UTC)
    return sorted(messages, key=lambda said: (said.written.at if said.written else far, said.line))
