"""A table between the look and the taking in: it waits in the shared cache for an hour, sealed, for the account that sent it."""

from __future__ import annotations

import base64
import re
import secrets

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.exchange.exporting import TYPES
from bihuan.exchange.faults import FileRefused
from bihuan.vault import seal, unseal
from bihuan.web.downloads import POLICY

SECONDS = 3600
NAME_LONGEST = 80
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def sent(request: HttpRequest, largest: int) -> tuple[bytes, str]:
    """The file of this form and its name. Raises FileRefused: none was chosen, or more than ``largest`` bytes."""
    file = request.FILES.get("file")
    if file is None:
        raise FileRefused(_("Please choose a file."))
    if (file.size or 0) > largest:
        raise FileRefused(_("The file is larger than %(size)s MB.") % {"size": largest // 1024 // 1024})
    return file.read(), str(file.name or "")[:NAME_LONGEST]


def keep(actor: Actor, what: str, content: bytes, name: str = "", *, token: str = "") -> str:
    """Keep a file of one kind (``what``) for an hour, again under the token it has; the token it is taken up with."""
    token = token or secrets.token_urlsafe(24)
    sealed = seal(f"{base64.b64encode(content).decode()}\n{name}", field=f"desk.{what}")
    cache.set(f"{what}:{actor.account}:{token}", sealed, SECONDS)
    return token


def kept(actor: Actor, what: str, token: str) -> tuple[bytes, str]:
    """The kept file and its name. Raises Http404 after an hour, and for anybody else's token."""
    found = cache.get(f"{what}:{actor.account}:{token}") if TOKEN.fullmatch(token) else None
    if found is None:
        raise Http404
    content, _end, name = unseal(found, field=f"desk.{what}").partition("\n")
    return base64.b64decode(content), name


def workbook(content: bytes, name: str) -> HttpResponse:
    """A workbook to save."""
    response = HttpResponse(content, content_type=TYPES["xlsx"])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = POLICY
    return response
