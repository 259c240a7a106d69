"""What of a database is kept: every table of the product but a few, named here with the reason; each column's kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
from django.apps import apps
from django.db.models import Field, Model
from django.db.models.options import Options

Kind = Literal["number", "text", "flag", "bytes", "instant", "day", "json"]
LEFT_OUT: Mapping[str, str] = {
    "access_session": "a session that was ended must not come back; people sign in again",
    "access_onetimecode": "a code of a quarter of an hour is over by then",
    "axes_accessattempt": "who is locked out is forgotten after a quarter of an hour",
    "axes_accessattemptexpiration": "the same",
    "axes_accessfailurelog": "not used: sign-ins are entries of the ledger",
    "axes_accesslog": "not used: sign-ins are entries of the ledger",
    "account_emailaddress": "not used",
    "account_emailconfirmation": "not used",
    "auth_group": "not used: posts say who may do what",
    "auth_group_permissions": "not used",
    "auth_permission": "made by Django from the program",
    "django_content_type": "made by Django from the program",
    "cases_daysum": "made again from the rows of the cases",
    "cases_dayshare": "the same",
}
"""Tables that no archive holds."""
DERIVED: Mapping[str, frozenset[str]] = {
    "cases_case": frozenset({"unindexed"}),
    "cases_thread": frozenset({"unsummed"}),
}
"""Columns that no archive holds: they begin anew with their default. The search is made again from the words, the daily sums
from the rows."""
_KINDS: Mapping[str, Kind] = {
    "AutoField": "number", "BigAutoField": "number", "IntegerField": "number", "BigIntegerField": "number",
    "SmallIntegerField": "number", "PositiveIntegerField": "number", "ForeignKey": "number", "OneToOneField": "number",
    "CharField": "text", "TextField": "text", "BooleanField": "flag", "BinaryField": "bytes", "DateTimeField": "instant",
    "DateField": "day", "JSONField": "json",
}  # fmt: skip


class Column(msgspec.Struct, frozen=True, array_like=True):
    """One column: its name in the database, and how its values are written in an archive."""

    name: str
    kind: Kind


class Table(msgspec.Struct, frozen=True):
    """One table. ``key`` is its primary key, a whole number; ``columns`` in the order in which values stand."""

    name: str
    key: str
    columns: tuple[Column, ...]


def kind_of(field: Field[object, object]) -> Kind:
    """How a field's values are written. Raises KeyError for a type of field that nobody has decided on yet."""
    return _KINDS[field.get_internal_type()]


def tables() -> tuple[Table, ...]:
    """Every table that an archive holds, by name. Raises KeyError, see ``kind_of``."""
    shapes = [model._meta for model in apps.get_models(include_auto_created=True)]  # noqa: SLF001 - Django's own way to ask
    kept = [shape for shape in shapes if shape.managed and shape.db_table not in LEFT_OUT]
    return tuple(sorted(map(_table, kept), key=lambda table: table.name))


def _table(shape: Options[Model]) -> Table:
    begin_anew = DERIVED.get(shape.db_table, frozenset())
    fields = [field for field in shape.concrete_fields if field.column not in begin_anew]
    return Table(shape.db_table, str(shape.pk.column), tuple(Column(str(field.column), kind_of(field)) for field in fields))
