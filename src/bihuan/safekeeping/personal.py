"""The register of personal data: of every column that can hold words, whether it tells of a person, why, and for how long.

The register is data (``personal.toml``, in Chinese, for the data protection officer); a column that nobody has decided on fails
the build. Whole numbers, flags, days and instants are not listed: they tell of a person only through the rows they stand in.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

import msgspec
from django.apps import apps

FILE = Path(__file__).with_name("personal.toml")
_SILENT = frozenset({
    "AutoField", "BigAutoField", "IntegerField", "BigIntegerField", "SmallIntegerField", "PositiveIntegerField", "ForeignKey",
    "OneToOneField", "BooleanField", "DateTimeField", "DateField",
})  # fmt: skip
"""Types of field that cannot hold words."""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is held, why and for how long, in words that a resident understands."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """The words in a language ("en", "zh-hans"); Chinese where there are no others."""
        return self.en if language.startswith("en") else self.zh


class Held(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns ("table.column") that tell of a person: whose, in which form, why, on which ground, how long.

    ``said``: the same for the resident, where it is held on residents.
    """

    fields: tuple[str, ...]
    of: Literal["resident", "staff", "either"]
    form: Literal["sealed", "hashed", "masked", "words", "clear", "session"]
    purpose: str
    basis: str
    kept: str
    said: Said | None = None

    @property
    def of_residents(self) -> bool:
        """True where it may tell of a resident."""
        return self.of != "staff"


class Free(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns that tell of nobody, and why."""

    fields: tuple[str, ...]
    why: str


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole register."""

    held: tuple[Held, ...]
    free: tuple[Free, ...]


def register() -> Register:
    """The register as it is shipped. Raises msgspec.ValidationError."""
    return msgspec.convert(tomllib.loads(FILE.read_text("utf-8")), Register)


def columns() -> frozenset[str]:
    """Every column of the product's tables that can hold words."""
    shapes = [model._meta for model in apps.get_models(include_auto_created=True)]  # noqa: SLF001 - Django's own way to ask
    return frozenset(
        f"{shape.db_table}.{field.column}"
        for shape in shapes
        if shape.managed
        for field in shape.concrete_fields
        if field.get_internal_type() not in _SILENT
    )


def undecided(there: frozenset[str], told: Register) -> list[str]:
    """What is wrong with the register: columns it does not name, names twice, or that do not exist (marked with "-")."""
    parts: tuple[Held | Free, ...] = (*told.held, *told.free)
    named = [field for part in parts for field in part.fields]
    twice = {field for field in named if named.count(field) > 1}
    return (
        sorted(there - set(named))
        + sorted(f"{field} twice" for field in twice)
        + sorted(f"-{field}" for field in set(named) - there)
    )


def page(told: Register) -> str:
    """The register as a page for people (docs/personal-data.md)."""
    forms = {
        "sealed": "加密",
        "hashed": "带密钥的摘要",
        "masked": "掩码",
        "words": "文字（号码已摘出加密）",
        "clear": "明文",
        "session": "短期凭证的摘要",
    }
    whose = {"resident": "群众", "staff": "工作人员", "either": "群众或工作人员"}
    lines = [
        "# 个人信息登记",
        "",
        "由 `src/bihuan/safekeeping/personal.toml` 生成。没有登记的列，测试不通过。",
        "",
        "| 谁的 | 目的 | 依据 | 存法 | 留多久 | 在哪里 |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in told.held:
        cells = (whose[one.of], one.purpose, one.basis, forms[one.form], one.kept, _listed(one.fields))
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "不是个人信息的列：", ""]
    lines += [f"- {one.why}：{_listed(one.fields)}" for one in told.free]
    return "\n".join(lines) + "\n"


def _listed(fields: tuple[str, ...]) -> str:
    return " ".join(f"`{field}`" for field in fields)
