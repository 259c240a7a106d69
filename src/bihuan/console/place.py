"""The place a command works on: its data folder, Django set up over it, and whether it has been founded."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bihuan.console.problem import NOT_READY, Problem
from bihuan.console.words import _

if TYPE_CHECKING:
    from bihuan.access.actors import Actor
    from bihuan.packs import Pack

SETTINGS = "bihuan.config.settings"


def use(data: Path | None = None, *, development: bool = False) -> None:
    """Point everything at the data folder (default: BIHUAN_DATA, else ./bihuan-data) and set Django up. Once a process."""
    if data is not None:
        os.environ["BIHUAN_DATA"] = str(data.resolve())
    if development:
        os.environ.setdefault("BIHUAN_STAGE", "development")
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    import django  # noqa: PLC0415 - commands that need no database start without Django

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.utils import translation  # noqa: PLC0415

    from bihuan.console.words import language  # noqa: PLC0415

    translation.activate("en" if language() == "en" else settings.LANGUAGE_CODE)


def engine_build() -> Any:
    """What the embedded database's engine says of itself (version, whether several processes may open the file); or None."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    return import_module(f"{settings.DATABASES['default']['ENGINE']}.build") if connection.vendor == "sqlite" else None


def composed(name: str) -> Callable[..., Any]:
    """A function of the composition root, which stands above the console and hands it over through the settings."""
    from django.conf import settings  # noqa: PLC0415

    found: Callable[..., Any] = getattr(settings, name)
    return found


def pending_migrations() -> int:
    """How many migrations the database still lacks."""
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def said(at: datetime) -> str:
    """An instant as a person of the place reads it, place or no place: "2026-11-23 06:23:57 (Asia/Shanghai)"."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - what is looked up without a place stays light

    from django.db import DatabaseError  # noqa: PLC0415

    from bihuan.access.actors import DEFAULT_ZONE  # noqa: PLC0415
    from bihuan.access.signin import zone_here  # noqa: PLC0415

    try:
        zone = zone_here()
    except DatabaseError:  # no tables yet, or no answer: this is said elsewhere
        zone = DEFAULT_ZONE
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} ({zone})"


def ready() -> Pack:
    """The pack in force. Raises Problem when the database does not answer, the place has not been founded, or its tables are
    older than the program.
    """
    from django.db import DatabaseError, OperationalError, connection  # noqa: PLC0415

    from bihuan.rulebook.errors import NotPublished  # noqa: PLC0415
    from bihuan.rulebook.selectors import current_pack  # noqa: PLC0415

    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise Problem(_("The database does not answer: %s") % str(error).strip().splitlines()[0], NOT_READY) from error
    try:
        if pending_migrations():
            raise Problem(_("The tables are not those of this version: run “bihuan init”."), NOT_READY)
        return current_pack()
    except (DatabaseError, NotPublished) as error:
        raise Problem(_("There is nothing here yet: run “bihuan init”."), NOT_READY) from error


def not_moved() -> None:
    """Raises Problem where the place was moved to PostgreSQL and this is the old file, which takes no more acts."""
    from bihuan.safekeeping.moving import has_moved  # noqa: PLC0415

    if has_moved():
        raise Problem(
            _("This place has moved to PostgreSQL: set BIHUAN_DATABASE to its address (in /etc/bihuan/bihuan.env)."), NOT_READY
        )


def actor_named(username: str, post: str) -> Actor:
    """The member of staff in that post, or in the first one held. Raises Problem when there is none."""
    from bihuan.access.actors import actor_for  # noqa: PLC0415
    from bihuan.people.selectors import post_named  # noqa: PLC0415

    fact = post_named(username, post)
    if fact is None:
        raise Problem(_("There is no account “%s” with a post.") % username)
    return actor_for(fact.id)


def is_writable(folder: Path) -> bool:
    """True when files can be made in the folder, or in the nearest folder above that exists."""
    there = folder
    while not there.exists():
        there = there.parent
    try:
        with tempfile.TemporaryFile(dir=there):
            return True
    except OSError:
        return False


def free_bytes(folder: Path) -> int:
    """Free space where the folder is or will be."""
    there = folder
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free
