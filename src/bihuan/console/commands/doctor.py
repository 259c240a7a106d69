"""``bihuan doctor``: is this machine and this place fit for work? Each line says what, how it is, and what to do."""

from __future__ import annotations

import argparse
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bihuan.console import place
from bihuan.console.findings import Finding, Verdict
from bihuan.console.problem import FOUND, OK
from bihuan.console.words import _, padded

MARKS: dict[Verdict, str] = {"ok": "✓", "warning": "▲", "wrong": "✕"}
LOW_DISK, VERY_LOW_DISK = 5 * 1024**3, 1024**3
EARLIEST_CLOCK = 1_767_225_600  # 1 January 2026: a machine whose clock is earlier has lost it
BEHIND = 120  # seconds that a clock may be corrected by without a word
STILL = 5  # minutes without an anchor
OLD_BACKUP = 2  # days
OLDEST_POSTGRESQL = 15
MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")
"""Settings of PostgreSQL without which an acknowledged act can be lost."""
SHARED_BITS = stat.S_IRWXG | stat.S_IRWXO


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``doctor``."""
    doctor = commands.add_parser("doctor", help=_("look whether the machine and the place are fit for work"))
    doctor.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
    doctor.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every finding; 1 when anything is wrong (a warning is not)."""
    place.use(args.data)
    worst = OK
    for check in CHECKS:
        for finding in check():
            print(f"{MARKS[finding.verdict]} {padded(finding.what, 12)} {finding.say}")
            worst = FOUND if finding.verdict == "wrong" else worst
    return worst


def postgresql() -> Iterator[Finding]:
    """The other database: its version, and whether it keeps what it has acknowledged."""
    from django.db import DatabaseError, connection  # noqa: PLC0415 - each command imports only what it runs on

    if connection.vendor != "postgresql":
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [["server_version_num", *MUST_BE_ON]])
            told = dict(cursor.fetchall())
    except DatabaseError as fault:
        yield Finding("wrong", "PostgreSQL", _("does not answer: %s") % type(fault).__name__)
        return
    version = int(told["server_version_num"])
    off = [name for name in MUST_BE_ON if told[name] == "off"]
    if version < OLDEST_POSTGRESQL * 10_000:
        said = {"version": version // 10_000, "least": OLDEST_POSTGRESQL}
        yield Finding("wrong", "PostgreSQL", _("%(version)s is too old: %(least)s or later") % said)
    if off:
        words = _("%s is switched off: a power cut loses what people were told is kept")
        yield Finding("wrong", "PostgreSQL", words % ", ".join(off))
    if version >= OLDEST_POSTGRESQL * 10_000 and not off:
        yield Finding("ok", "PostgreSQL", f"{version // 10_000}.{version % 10_000}")


def python() -> Iterator[Finding]:
    """The interpreter's version."""
    now = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok" if sys.version_info >= (3, 11) else "wrong", "Python", now)


def sqlite() -> Iterator[Finding]:
    """The embedded database's build."""
    build = place.engine_build()
    if build is None:
        yield Finding("ok", "SQLite", _("not used here"))
        return
    version = ".".join(map(str, build.running_version()))
    if build.several_processes_allowed():
        yield Finding("ok", "SQLite", version)
    else:
        yield Finding("warning", "SQLite", _("%s: can corrupt a file that several processes open; one process only") % version)


def fonts() -> Iterator[Finding]:
    """Chinese fonts for papers and for the tests' pictures."""
    lister = shutil.which("fc-list")
    if lister is None:
        yield Finding("warning", _("fonts"), _("fontconfig is missing: apt-get install fontconfig fonts-noto-cjk"))
        return
    found = subprocess.run([lister, ":lang=zh", "family"], capture_output=True, text=True, check=False, timeout=20).stdout
    families = sorted({line.split(",")[0].strip() for line in found.splitlines() if line.strip()})
    if families:
        yield Finding("ok", _("fonts"), ", ".join(families[:3]))
    else:
        yield Finding("warning", _("fonts"), _("no Chinese font: apt-get install fonts-noto-cjk (papers need it)"))


def disk() -> Iterator[Finding]:
    """Room where the data lie."""
    from django.conf import settings  # noqa: PLC0415 - each command imports only what it runs on

    folder = Path(settings.DATA)
    if not place.is_writable(folder):
        yield Finding("wrong", _("disk"), _("The data folder %s cannot be written.") % folder)
        return
    files = Path(settings.FILES)
    if files.is_dir() and not place.is_writable(files):
        yield Finding("wrong", _("disk"), _("The folder of attachments %s cannot be written.") % files)
    free = place.free_bytes(folder)
    verdict: Verdict = "wrong" if free < VERY_LOW_DISK else "warning" if free < LOW_DISK else "ok"
    yield Finding(verdict, _("disk"), _("%(free).1f GB free at %(folder)s") % {"free": free / 1024**3, "folder": folder})


def clock() -> Iterator[Finding]:
    """The machine's clock: legal time is the server's receipt."""
    from bihuan.ledger.clock import now  # noqa: PLC0415

    if datetime.now(UTC).timestamp() < EARLIEST_CLOCK:  # noqa: TID251 - the machine's own clock is what is looked at
        yield Finding("wrong", _("clock"), _("%s cannot be: set the machine's clock") % place.said(now()))
        return
    synced = shutil.which("timedatectl")
    told = ""
    if synced:
        asked = [synced, "show", "-p", "NTPSynchronized", "--value"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=20).stdout.strip()
    said = place.said(now())
    behind = _behind()
    if behind >= BEHIND:
        words = _("%(now)s lies %(minutes)s minutes before what has already happened here: it was set back, set it right")
        yield Finding("wrong", _("clock"), words % {"now": said, "minutes": int(behind // 60)})
        return
    if told == "no":
        yield Finding(
            "warning", _("clock"), _("%s, not synchronised: deadlines rest on it; switch time synchronisation on") % said
        )
    else:
        yield Finding("ok", _("clock"), said)


def _behind() -> float:
    """Seconds by which the clock lies before the latest entries, 0 where there is no place yet."""
    from bihuan.ledger.clock import now  # noqa: PLC0415
    from bihuan.ledger.selectors import clock_behind  # noqa: PLC0415

    return clock_behind(now()) if founded() else 0.0


def keys() -> Iterator[Finding]:
    """Key files: there, for their owner alone, apart from the database."""
    from django.conf import settings  # noqa: PLC0415

    from bihuan.vault.keys import key_file  # noqa: PLC0415

    for what, path in ((_("vault key"), key_file()), (_("signing key"), Path(settings.KEYS) / "session.key")):
        if not path.is_file():
            yield Finding("warning", what, _("%s is not there: run “bihuan init”") % path)
        elif path.stat().st_mode & SHARED_BITS:
            yield Finding("wrong", what, _("others may read %(path)s: chmod 600 %(path)s") % {"path": path})
        elif Path(settings.DATA) in path.parents:
            yield Finding(
                "warning", what, _("%s lies in the data folder; move the keys (BIHUAN_KEYS) and back them up apart") % path
            )
        else:
            yield Finding("ok", what, str(path))
    yield from _old_keys()
    anchors = Path(settings.ANCHORS)
    if Path(settings.DATA) in (anchors, *anchors.parents):
        yield Finding("warning", _("anchors"), _("%s lies in the data folder: a cut tail would not show") % anchors)
    else:
        yield Finding("ok", _("anchors"), str(anchors))


def _old_keys() -> Iterator[Finding]:
    """After a change of key: whether something still has to be sealed anew, whether the old key can go."""
    from bihuan.flows.renewing import is_owed  # noqa: PLC0415
    from bihuan.vault.errors import KeysExposed, NoKeys  # noqa: PLC0415
    from bihuan.vault.keys import keys as read_keys  # noqa: PLC0415

    try:
        known = read_keys()
    except (KeysExposed, NoKeys):
        return
    if len(known.ciphers) > 1 and founded():
        owed = _("not everything is under the newest key yet: “bihuan keys renew”")
        ended = _("everything is under the newest key: an old one can be retired (“bihuan keys retire NUMBER”)")
        yield Finding("warning", _("vault key"), owed if is_owed() else ended)


def settings_() -> Iterator[Finding]:
    """Settings that are fit for a trial only."""
    from django.conf import settings  # noqa: PLC0415

    unsafe: tuple[tuple[bool, str], ...] = (
        (bool(settings.DEBUG), _("BIHUAN_DEBUG=1 shows data on error pages")),
        ("*" in settings.ALLOWED_HOSTS, _("BIHUAN_HOSTS admits every host")),
        (not settings.SESSION_COOKIE_SECURE, _("without https (BIHUAN_HTTPS=0): for this machine alone")),
    )
    found = [say for is_so, say in unsafe if is_so]
    if not found:
        yield Finding("ok", _("settings"), _("safe"))
    for say in found:
        loopback = all(host in ("127.0.0.1", "localhost", "[::1]") for host in settings.ALLOWED_HOSTS)
        yield Finding("ok" if loopback and not settings.DEBUG else "wrong", _("settings"), say)


def profile() -> Iterator[Finding]:
    """How the place stands to the profile it is run under; nothing without one."""
    from bihuan.console.commands import doctor_profile  # noqa: PLC0415

    yield from doctor_profile.points()


def calendar() -> Iterator[Finding]:
    """Whether this year's and next year's working days are known: to the place, or to the program where there is none yet."""
    from bihuan.ledger.clock import now  # noqa: PLC0415
    from bihuan.rulebook.published import known_years  # noqa: PLC0415
    from bihuan.rulebook.selectors import calendar_years  # noqa: PLC0415

    shipped = max(calendar_years() if founded() else (year.year for year in known_years()), default=0)
    year, month = now().year, now().month
    if shipped < year:
        yield Finding("wrong", _("calendar"), _("working days are known up to %s only: every deadline is provisional") % shipped)
    elif shipped == year and month == 12:
        yield Finding(
            "warning", _("calendar"), _("next year's working days are not known yet; deadlines into it are provisional")
        )
    else:
        yield Finding("ok", _("calendar"), _("working days are known up to %s") % shipped)


def place_() -> Iterator[Finding]:
    """Whether the place is founded and of this version."""
    from bihuan.console.problem import Problem  # noqa: PLC0415

    checked: Callable[[], object] = place.ready
    try:
        pack = checked()
    except Problem as problem:
        yield Finding("warning", _("place"), problem.say)
        return
    try:
        place.not_moved()
    except Problem as problem:
        yield Finding("wrong", _("place"), problem.say)
        return
    yield Finding("ok", _("place"), f"{getattr(pack, 'title', '')} {getattr(pack, 'version', '')}".strip())


def posts() -> Iterator[Finding]:
    """Whether matters wait for a post in which nobody sits today."""
    from bihuan.access.signin import today_here  # noqa: PLC0415
    from bihuan.cases.waiting import vacant  # noqa: PLC0415
    from bihuan.console.problem import Problem  # noqa: PLC0415
    from bihuan.people.selectors import unit_names  # noqa: PLC0415

    try:
        place.ready()
    except Problem:
        return
    empty = vacant(today_here())
    names = unit_names({one.unit for one in empty})
    for one in empty:
        said = {"n": one.waiting, "unit": names.get(one.unit, str(one.unit)), "post": one.post or _("any post")}
        yield Finding("warning", _("posts"), _("%(n)s lines wait for %(unit)s (%(post)s), where nobody sits") % said)
    if not empty:
        yield Finding("ok", _("posts"), _("somebody sits wherever matters wait"))


def founded() -> bool:
    """Whether there is a place to look into."""
    from bihuan.console.problem import Problem  # noqa: PLC0415

    try:
        place.ready()
    except Problem:
        return False
    return True


def worker() -> Iterator[Finding]:
    """Whether the worker runs, by the anchors that it notes each minute, and whether it gave work up."""
    from bihuan.ledger import anchors  # noqa: PLC0415
    from bihuan.ledger.clock import now  # noqa: PLC0415
    from bihuan.ledger.errors import DamagedAnchors  # noqa: PLC0415
    from bihuan.ledger.selectors import outbox_state  # noqa: PLC0415

    if not founded():
        return
    try:
        last = anchors.latest()
    except DamagedAnchors:
        yield Finding("wrong", _("worker"), _("the file of anchors cannot be read: run “bihuan ledger verify”"))
        return
    minutes = int((now() - datetime.fromisoformat(last.at)).total_seconds() // 60) if last.at else -1
    if last.at and minutes < -STILL:
        yield Finding("warning", _("worker"), _("its last anchor lies in the future: the clock was set back since"))
    elif not last.at:
        yield Finding("warning", _("worker"), _("it has not run yet: “bihuan serve” starts it"))
    elif minutes > STILL:
        yield Finding("warning", _("worker"), _("no anchor for %s minutes: it does not run") % minutes)
    else:
        yield Finding("ok", _("worker"), _("it runs"))
    if given_up := outbox_state(now()).given_up:
        yield Finding("wrong", _("worker"), _("%s pieces of work were given up after eight tries: see the log") % given_up)


def backups() -> Iterator[Finding]:
    """When the place was last backed up."""
    from bihuan.ledger.clock import now  # noqa: PLC0415
    from bihuan.ledger.selectors import records  # noqa: PLC0415

    if not founded():
        return
    found = records(prefix="place", kinds=("backed_up",), limit=1)
    days = (now() - found[0].at).days if found else -1
    if days < 0:
        yield Finding("warning", _("backup"), _("none yet: “bihuan backup --to FOLDER --keep 14”, every night"))
    else:
        yield Finding(
            "ok" if days < OLD_BACKUP else "warning", _("backup"), _("the last one was made at %s") % place.said(found[0].at)
        )


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    python, sqlite, postgresql, fonts, disk, clock, keys, settings_, profile, calendar, place_, posts, worker, backups,
)  # fmt: skip
"""What is looked at, in this order."""
