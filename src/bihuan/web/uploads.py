"""Files of a form: sealed onto the disk as they come in, looked at, kept waiting for the act that the form asks for.

A file that is not taken does not cost the person what else was typed: it is named with the reason, the others wait and
are shown with the form, and the form is sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from bihuan.cases.opening import LIMITS
from bihuan.files import selectors, services, store
from bihuan.files.errors import FileRefused
from bihuan.files.limits import ACT_BYTES, FILE_BYTES, MOST_PER_ACT
from bihuan.files.owners import owner_of
from bihuan.files.shapes import Taken
from bihuan.rules.procedure.acts import FILES
from bihuan.rules.procedure.shape import Need
from bihuan.web import rates
from bihuan.web.requests import request_id, text

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

PREFIX, KEPT = "f-", "k-"
"""Names of the fields: a file to be sent; one that was sent with an earlier try and waits."""
LARGEST = ACT_BYTES + 3 * 1024 * 1024
"""Bytes of a request that brings files: those of all files, and a form's worth."""
TEN_MINUTES, FROM_OUTSIDE = 600, 30
"""Forms with files that one address may send in ten minutes without an account."""


class Arrived(UploadedFile):  # type: ignore[type-arg]  # generic in the stubs alone
    """A file of a form, sealed on the disk; or only its name, where it is ``refused`` (a code of ``files.errors``)."""

    def __init__(self, name: str, incoming: store.Incoming | None, refused: str = "") -> None:
        """Keep what came."""
        super().__init__(name=name, size=incoming.size if incoming else 0)
        self.incoming, self.refused = incoming, refused

    def close(self) -> None:
        """At the end of the request nothing is left of what no act asked for."""
        if self.incoming:
            self.incoming.path.unlink(missing_ok=True)


class ToFolder(FileUploadHandler):
    """Seals each file of a form into the folder of files while it comes in; what is too large is let go by, not kept."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        """Begin with nothing."""
        super().__init__(request)
        self._writer: store.Writer | None = None
        self._refused, self._taken, self._bytes = "", 0, 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """The next file begins; of more than a form may bring only that there are more is noted."""
        super().new_file(*args, **kwargs)
        if not str(self.field_name).startswith(PREFIX):
            raise SkipFile
        self._taken += 1
        self._refused = "many" if self._taken > MOST_PER_ACT or self._bytes > ACT_BYTES else ""
        self._writer = None if self._refused else store.Writer(str(self.file_name or ""))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        """The next bytes of it."""
        if self._writer is None:
            return
        self._bytes += len(raw_data)
        self._writer.write(raw_data)
        if self._writer.size > FILE_BYTES:
            self._let_go()
            self._refused = "large"

    def file_complete(self, file_size: int) -> Arrived:  # noqa: ARG002
        """It is all there, or was refused."""
        incoming = self._writer.finish() if self._writer else None
        self._writer = None
        return Arrived(str(self.file_name or ""), incoming, self._refused)

    def upload_interrupted(self) -> None:
        """The line was lost."""
        self._let_go()

    @property
    def file(self) -> ToFolder:
        """What Django closes when a body turns out to be no form half way."""
        return self

    def close(self) -> None:
        """Leave nothing of a file that will not be finished."""
        self._let_go()

    def _let_go(self) -> None:
        if self._writer:
            self._writer.drop()
        self._writer = None


@dataclass(frozen=True, slots=True)
class Uploads:
    """What a form brought, by fact: files that wait for the act, and what is wrong with the others."""

    taken: Mapping[str, Sequence[Taken]] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)


def names(needs: Mapping[str, Need]) -> list[str]:
    """The facts that are files."""
    return [name for name, need in needs.items() if need.type in FILES]


def uploads(request: HttpRequest, needs: Mapping[str, Need], actor: Actor) -> Uploads:
    """The files of a form for these facts: newly sent ones, and those kept from an earlier try of the same person.

    No statement where the form brings none. Raises files.errors.NotKept, web.errors.TooMany, BadRequest.
    """
    taken: dict[str, list[Taken]] = {}
    wrong: dict[str, str] = {}
    for name in names(needs):
        arrived = cast("list[Arrived]", [one for one in request.FILES.getlist(PREFIX + name) if isinstance(one, Arrived)])
        before = request.POST.getlist(KEPT + name)[: 2 * MOST_PER_ACT]
        if any(request.POST.getlist(PREFIX + name)):  # the form was not of the kind that sends files
            wrong[name] = _("The file itself was not sent; choose it again.")
        if not arrived and not before:
            continue
        identity = request_id(request)
        owner = owner_of(actor, identity)
        known = selectors.waiting(owner, before)
        said = [FileRefused("gone").say] if len(known) < len(set(before)) else []
        fresh, refused = _looked_at(request, arrived, actor, owner, identity)
        taken[name] = list({one.ref: one for one in (*known.values(), *fresh)}.values())
        if said or refused:
            wrong[name] = "\n".join([*said, *refused])
    return Uploads(taken, wrong)


def _looked_at(
    request: HttpRequest, arrived: Sequence[Arrived], actor: Actor, owner: str, identity: str
) -> tuple[list[Taken], list[str]]:
    """The files that are kept, and a sentence for each of the others."""
    if not arrived:
        return [], []
    if actor.kind != "staff":
        rates.limit(request, "upload", most=FROM_OUTSIDE, seconds=TEN_MINUTES)
    outcomes = iter(
        services.take(
            [one.incoming for one in arrived if one.incoming],
            owner=owner,
            request_id=identity,
            account=actor.account,
            names=(text(request.POST, "name")[: LIMITS["name"]],),
        )
    )
    fresh: list[Taken] = []
    refused: list[str] = []
    for one in arrived:
        outcome = next(outcomes) if one.incoming else FileRefused(one.refused)
        if isinstance(outcome, Taken):
            fresh.append(outcome)
        elif outcome.code == "many":
            refused = [*dict.fromkeys([*refused, outcome.say])]
        else:
            refused.append(_("“%(name)s”: %(why)s") % {"name": shown(one.name), "why": outcome.say})
    return fresh, refused


def shown(name: str | None) -> str:
    """At most 60 characters of a file's name as it was sent, for a sentence about it."""
    plain = "".join(letter for letter in name or "" if letter.isprintable())
    return plain if len(plain) <= 60 else plain[:59] + "…"


def accepts_files(drawn: Iterable[Any]) -> bool:
    """True when a form has a field for files and must be sent as one that does."""
    return any(one.widget == "files" for one in drawn)
