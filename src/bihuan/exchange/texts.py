"""A csv file as a table: its encoding is found, never guessed away; bytes that fit none are named by position."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bihuan.exchange.faults import FileRefused
from bihuan.exchange.table import MAX_BYTES, MAX_CELL, MAX_COLUMNS, MAX_ROWS, Row, Table

MARKS = (
    (b"\xef\xbb\xbf", "utf-8", "UTF-8"),
    (b"\xff\xfe", "utf-16-le", "UTF-16"),
    (b"\xfe\xff", "utf-16-be", "UTF-16"),
)
DELIMITERS = ",\t;"
NUL_SHARE = 0.2  # of the odd or even bytes; text in UTF-16 with any Latin letters, digits or commas has more


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecodable:
    """A byte that belongs to no character: its offset in the file from 0, its line from 1, its column in bytes from 1."""

    offset: int
    line: int
    column: int
    value: int


def first_undecodable(content: bytes, encoding: str, skip: int) -> Undecodable | None:
    """Where strict decoding of ``content[skip:]`` first fails; None when it does not."""
    try:
        content[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        offset = skip + error.start
        before = content[:offset]
        line_start = before.rfind(b"\n") + 1
        return Undecodable(
            offset=offset,
            line=before.count(b"\n") + 1,
            column=offset - line_start + 1,
            value=content[offset],
        )
    return None


def without_mark(content: bytes) -> tuple[str, str]:
    """Encoding and its name for people, for a file without a byte order mark. Raises FileRefused naming the byte."""
    sample = content[:4096]
    if len(sample) > 3:
        if sample[1::2].count(0) > NUL_SHARE * len(sample) / 2:
            return "utf-16-le", "UTF-16"
        if sample[0::2].count(0) > NUL_SHARE * len(sample) / 2:
            return "utf-16-be", "UTF-16"
    in_utf8 = first_undecodable(content, "utf-8", 0)
    if in_utf8 is None:
        return "utf-8", "UTF-8"
    in_gb = first_undecodable(content, "gb18030", 0)
    if in_gb is None:
        return "gb18030", "GB18030"
    worst = max(("UTF-8", in_utf8), ("GB18030", in_gb), key=lambda found: found[1].offset)
    raise undecodable(*worst)


def undecodable(name: str, at: Undecodable) -> FileRefused:
    """The sentence that names one byte by its place."""
    say = _(
        "The file is neither UTF-8 nor GB18030 nor UTF-16. Read as %(name)s, byte %(value)s at line %(line)s, "
        "position %(column)s (byte %(offset)s of the file) belongs to no character."
    )
    return FileRefused(
        say % {"name": name, "value": f"0x{at.value:02X}", "line": at.line, "column": at.column, "offset": at.offset}
    )


def decode(content: bytes) -> tuple[str, str]:
    """The text and the encoding's name. Raises FileRefused naming the first byte that fits no encoding."""
    for mark, encoding, name in MARKS:
        if content.startswith(mark):
            fault = first_undecodable(content, encoding, len(mark))
            if fault:
                raise undecodable(name, fault)
            return content[len(mark) :].decode(encoding), name
    encoding, name = without_mark(content)
    fault = first_undecodable(content, encoding, 0)
    if fault:
        raise undecodable(name, fault)
    return content.decode(encoding), name


def delimiter_of(text: str) -> str:
    """The delimiter that the first line uses most, outside quotes; a comma when none is there."""
    line, quoted, counts = text.partition("\n")[0], False, dict.fromkeys(DELIMITERS, 0)
    for letter in line:
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in counts:
            counts[letter] += 1
    return max(DELIMITERS, key=lambda mark: counts[mark])


def read_csv(content: bytes) -> Table:
    """The whole file as a table; a row's number is the line it starts on. Raises FileRefused."""
    if len(content) > MAX_BYTES:
        raise FileRefused(_("The file is larger than %(size)s MB.") % {"size": MAX_BYTES // 1024 // 1024})
    text, name = decode(content)
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise FileRefused(_("Line %(line)s holds a NUL character; this is not a text file.") % {"line": line})
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            if len(rows) > MAX_ROWS or len(cells) > MAX_COLUMNS:
                say = _("The sheet is too large: at most %(rows)s rows and %(columns)s columns.")
                raise FileRefused(say % {"rows": MAX_ROWS, "columns": MAX_COLUMNS})
            rows.append(Row(line=line, cells=tuple(cell if cell else None for cell in cells)))
            line = reader.line_num + 1
    except csv.Error as error:
        say = _("The csv file cannot be read from line %(line)s on: a quotation mark is left open or stands alone.")
        raise FileRefused(say % {"line": line}) from error
    if not any(row.cells for row in rows):
        raise FileRefused(_("The file is empty."))
    return Table(origin=name, rows=tuple(rows))
