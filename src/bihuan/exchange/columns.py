"""Which column of a file is which: by the words of its header, in Chinese or English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bihuan.exchange.cells import as_text
from bihuan.exchange.faults import CellRefused, FileRefused
from bihuan.exchange.table import Row, Table, is_empty

Field = Literal["number", "time", "subject", "text", "kind", "channel", "name", "phone", "id_no", "address", "area"]
FIELDS: tuple[Field, ...] = get_args(Field)
TITLES: Mapping[Field, str] = {
    "number": gettext_noop("number"),
    "time": gettext_noop("time"),
    "subject": gettext_noop("subject"),
    "text": gettext_noop("text"),
    "kind": gettext_noop("kind"),
    "channel": gettext_noop("channel"),
    "name": gettext_noop("name"),
    "phone": gettext_noop("phone"),
    "id_no": gettext_noop("identity number"),
    "address": gettext_noop("address"),
    "area": gettext_noop("area"),
}
WORDS: Mapping[Field, str] = {
    "number": ("编号 留言编号 工单编号 工单号 受理编号 事项编号 序列号 来件编号 流水号 id number no ticket reference"),
    "time": (
        "时间 留言时间 来件时间 来电时间 反映时间 提交时间 登记时间 受理时间 日期 来信日期 反映日期 "
        "time date createdat created datetime submittedat"
    ),
    "subject": ("主题 留言主题 标题 事项标题 诉求标题 题目 事由 subject title topic"),
    "text": (
        "内容 留言详情 留言内容 详情 诉求内容 反映内容 事项内容 具体内容 正文 问题描述 描述 "
        "text content detail details message body description"
    ),
    "kind": ("类型 诉求类型 事项类型 留言类型 性质 kind type"),
    "channel": ("渠道 来源 来源渠道 诉求来源 反映渠道 受理渠道 channel source"),
    "name": ("姓名 称呼 反映人 来电人 来信人 诉求人 联系人 反映人姓名 群众姓名 name fullname contactname caller"),
    "phone": ("电话 手机 手机号 手机号码 联系电话 电话号码 来电号码 联系方式 phone mobile telephone tel phonenumber"),
    "id_no": ("身份证 身份证号 身份证号码 证件号码 公民身份号码 idno idnumber identitynumber"),
    "address": ("地址 住址 家庭住址 联系地址 详细地址 address homeaddress"),
    "area": (
        "区域 区划 区划代码 行政区划 所属区域 事发区域 所属网格 网格 网格编码 地区编码 area areacode gridcode grid division"
    ),
}
LOOK_FOR_HEADERS = 10  # rows from the top; above the headers there may be a title and a note
NOT_LETTERS = re.compile(r"[\W_]+")
BRACKETS = re.compile(r"[(\[【（][^()\[\]【】（）]*[)\]】）]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the file. ``field`` None = its cells are not taken in."""

    index: int
    header: str
    field: Field | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """The columns and the line of the headers; the rows after it are data."""

    line: int
    columns: tuple[Column, ...]

    def index_of(self, field: Field) -> int | None:
        """The position of the column that holds ``field``."""
        return next((column.index for column in self.columns if column.field == field), None)

    def header_of(self, field: Field) -> str:
        """The words over the column that holds ``field``, "" when there is none."""
        return next((column.header for column in self.columns if column.field == field), "")


def plain_word(header: str) -> str:
    """A header without case, width, blanks, signs and what stands in brackets."""
    return NOT_LETTERS.sub("", BRACKETS.sub("", unicodedata.normalize("NFKC", header)).casefold())


FIELD_OF: Mapping[str, Field] = {plain_word(word): field for field, words in WORDS.items() for word in words.split()}


def headers_of(row: Row) -> list[str]:
    """The row's cells as words; what cannot be read as text counts as no header."""
    words = []
    for cell in row.cells:
        try:
            words.append(as_text(cell))
        except CellRefused:
            words.append("")
    return words


def map_columns(table: Table, chosen: Mapping[Field, int] | None = None) -> Mapped:
    """Find the line of the headers and what each column is; ``chosen`` (field -> column from 0) overrules the words.

    Raises FileRefused when no column holds the text of the messages, or when two could be the same field.
    """
    best: tuple[int, Row] | None = None
    for row in table.rows[:LOOK_FOR_HEADERS]:
        known = sum(plain_word(word) in FIELD_OF for word in headers_of(row))
        if known and (best is None or known > best[0]):
            best = (known, row)
    if best is None:
        if not chosen:
            raise FileRefused(_("No header was recognised in the first %(n)s lines.") % {"n": LOOK_FOR_HEADERS})
        best = (0, next(row for row in table.rows if any(not is_empty(cell) for cell in row.cells)))
    headers = headers_of(best[1])
    fields: list[Field | None] = [FIELD_OF.get(plain_word(header)) for header in headers]
    for field, index in (chosen or {}).items():
        fields = [None if found == field else found for found in fields]
        if index >= len(fields):
            raise FileRefused(_("The file has no column %(n)s.") % {"n": index + 1})
        fields[index] = field
    refuse_twins(headers, fields)
    if "text" not in fields:
        raise FileRefused(_("No column holds the text of the messages (a header such as 内容 or text)."))
    columns = tuple(
        Column(index=index, header=header, field=field)
        for index, (header, field) in enumerate(zip(headers, fields, strict=True))
        if header or field
    )
    return Mapped(line=best[1].line, columns=columns)


def refuse_twins(headers: Sequence[str], fields: Sequence[Field | None]) -> None:
    """Raise FileRefused when two columns claim the same field: one would have to be lost unseen."""
    for field in FIELDS:
        claims = [headers[index] for index, found in enumerate(fields) if found == field]
        if len(claims) > 1:
            say = _("Two columns could be the “%(field)s”: %(claims)s. Rename or remove one of them.")
            raise FileRefused(say % {"field": _(TITLES[field]), "claims": ", ".join(claims)})
