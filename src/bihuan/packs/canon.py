"""The canonical JSON of a pack and its digest, and the way back.

Canonical: UTF-8, no spaces, the fields of an object in alphabetical order, fields at their default left out (so that a
new field of the language does not change the digest of an old pack), mappings as a list of [key, value] pairs because
their order is meaning (the order of a form). ``digest`` itself is not part of it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, replace
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from bihuan.packs.faults import Finding, PackError
from bihuan.packs.shape import Pack


def canonical(pack: Pack) -> bytes:
    """The one JSON of a pack: equal packs give equal bytes."""
    return json.dumps(_plain(pack, Pack), ensure_ascii=False, separators=(",", ":")).encode()


def digest(pack: Pack) -> str:
    """sha256 over the canonical JSON, in hexadecimal: the name of this version of the law."""
    return hashlib.sha256(canonical(pack)).hexdigest()


def from_canonical(data: bytes) -> Pack:
    """The pack that gave these bytes, with its digest. Raises PackError when they are not a pack."""
    try:
        pack: Pack = _value(Pack, json.loads(data))
    except (ValueError, TypeError, KeyError) as error:
        finding = Finding(file="canonical", key="", line=0, message=f"not the canonical JSON of a pack: {error}")
        raise PackError([finding]) from error
    return replace(pack, digest=digest(pack))


def _plain(value: Any, hint: Any) -> Any:
    """A value as JSON data; what is declared ``Any`` is JSON data already."""
    if hint is Any:
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = _hints(type(value))
        named = ((field, getattr(value, field.name)) for field in dataclasses.fields(value) if field.compare)
        kept = {field.name: _plain(inner, hints[field.name]) for field, inner in named if not _is_default(field, inner)}
        return dict(sorted(kept.items()))
    if isinstance(value, Mapping):
        return [[key, _plain(inner, get_args(hint)[1])] for key, inner in value.items()]
    if isinstance(value, tuple):
        return [_plain(inner, inside) for inner, inside in zip(value, _members(hint, len(value)), strict=True)]
    return value


def _members(hint: Any, count: int) -> tuple[Any, ...]:
    """The types of the members of a tuple of that type."""
    args = get_args(hint)
    return (args[0],) * count if args[-1] is Ellipsis else args


def _is_default(field: Field[Any], value: Any) -> bool:
    if field.default is not MISSING:
        return bool(field.default == value)
    return field.default_factory is not MISSING and bool(field.default_factory() == value)


@cache
def _hints(shape: type) -> dict[str, Any]:
    return get_type_hints(shape)


def _value(hint: Any, data: Any) -> Any:
    """JSON data as the type a field declares."""
    origin, args = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = _hints(hint)
        if not isinstance(data, dict):
            raise ValueError(f"{hint.__name__} is an object")
        unknown = set(data) - set(hints)
        if unknown:
            raise ValueError(f"{hint.__name__} has no field {sorted(unknown)}")
        return hint(**{name: _value(hints[name], inner) for name, inner in data.items()})
    if origin in (Union, types.UnionType):
        if data is None:
            return None
        return _value(next(arg for arg in args if arg is not type(None)), data)
    if origin is tuple:
        return tuple(_value(inside, inner) for inner, inside in zip(data, _members(hint, len(data)), strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _value(args[1], inner) for key, inner in data}
    if origin is Literal:
        if data not in args:
            raise ValueError(f"{data!r} is not one of {args}")
        return data
    return data if hint is Any else _scalar(hint, data)


def _scalar(hint: Any, data: Any) -> Any:
    if isinstance(hint, type) and type(data) is not hint:
        raise ValueError(f"{data!r} should be {hint.__name__}")
    return data
