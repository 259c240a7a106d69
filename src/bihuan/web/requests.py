"""What comes in with an unsafe request: its id, the version the person saw, and text that both databases can keep."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.http import HttpRequest, QueryDict

from bihuan.web.errors import BadRequest

REQUEST_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
HIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LONGEST_SEARCH = 60


def new_request_id() -> str:
    """An id for a form about to be shown: the same form sent twice is then one act."""
    return uuid.uuid4().hex


def request_id(request: HttpRequest) -> str:
    """The id sent with the form, or in the header ``Idempotency-Key``. Raises BadRequest when there is none."""
    given = request.headers.get("Idempotency-Key") or request.POST.get("request_id", "")
    if not REQUEST_ID.match(given):
        raise BadRequest("request_id")
    return given


def seen(request: HttpRequest) -> int | None:
    """The version of the case that the form was drawn from; None when the form says nothing. Raises BadRequest."""
    given = request.POST.get("seen", "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 12):
        raise BadRequest("seen")
    return int(given)


def text(source: QueryDict, name: str) -> str:
    """One posted value with plain line ends, without the spaces round it."""
    return source.get(name, "").replace("\r\n", "\n").replace("\r", "\n").strip()


def unkeepable(value: str) -> bool:
    """True when the text holds characters that no database can keep (NUL and other control characters)."""
    return bool(HIDDEN.search(value))


def searched(request: HttpRequest, name: str = "q") -> str:
    """A search word of the address, cleaned and cut to 60 characters."""
    return HIDDEN.sub("", request.GET.get(name, ""))[:LONGEST_SEARCH].strip()


def whole_number(given: Any, *, most: int = 2**62) -> int:
    """A non-negative number of an address or field, 0 for anything else."""
    words = str(given or "")
    return int(words) if words.isascii() and words.isdigit() and len(words) < 19 and int(words) <= most else 0
