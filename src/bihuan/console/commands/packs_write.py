"""``bihuan packs diff``, ``new`` and ``schema``: for whoever writes a county's rules."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.console.problem import FOUND, OK, Problem
from bihuan.console.words import _, gettext_noop, language

if TYPE_CHECKING:
    from bihuan.packs import Pack
    from bihuan.packs.comparing import Difference

NAME = re.compile(r"^[a-z][a-z0-9_]{1,39}$")
GROUPS = {
    "procedure": gettext_noop("procedure"),
    "state": gettext_noop("stage"),
    "action": gettext_noop("act"),
    "need": gettext_noop("question of the form"),
    "thread": gettext_noop("line of work beside"),
    "clock": gettext_noop("time limit"),
    "limit": gettext_noop("length of a limit"),
    "post": gettext_noop("post"),
    "unit_kind": gettext_noop("kind of unit"),
    "office": gettext_noop("office"),
    "level": gettext_noop("level"),
    "category": gettext_noop("category"),
    "duty": gettext_noop("duty list"),
    "route": gettext_noop("other route"),
    "number": gettext_noop("numbering"),
    "mark": gettext_noop("figure"),
    "pack": gettext_noop("setting"),
}
FIELDS = {
    "who": gettext_noop("who does it"),
    "from_": gettext_noop("in which stages"),
    "to.state": gettext_noop("leads to"),
    "span": gettext_noop("length"),
    "limits": gettext_noop("lengths"),
    "guards": gettext_noop("conditions"),
    "approve": gettext_noop("approval"),
    "holder": gettext_noop("who holds it"),
    "charges": gettext_noop("who answers for it"),
    "title": gettext_noop("name"),
    "duties": gettext_noop("permissions"),
    "starts": gettext_noop("begins with"),
    "stops": gettext_noop("ends with"),
    "optional": gettext_noop("may be left out"),
}
PEOPLE = {
    "holder": gettext_noop("whoever holds the matter"),
    "resident": gettext_noop("the resident"),
    "system": gettext_noop("the system"),
    "nobody": gettext_noop("nobody"),
}


def diff(old: Pack, new: Pack) -> int:
    """What changes from one pack to another, a line each; 1 when anything does."""
    from bihuan.packs.comparing import differences  # noqa: PLC0415 - each command imports only what it runs on

    found = differences(old, new)
    for one in found:
        print(line_of(one, old, new))
    print(_("%(n)s differences") % {"n": len(found)})
    return FOUND if found else OK


def line_of(one: Difference, old: Pack, new: Pack) -> str:
    """One difference in words: what kind of thing, its name, what of it, from what to what, and for whom."""
    pack = new if new.say(one.key, language()) != one.key else old
    title = pack.say(one.key, language())
    what = _(GROUPS.get(one.group, one.group))
    named = f"{what} {title}" if title != one.key else f"{what} {one.key.partition('.')[2] or one.field}"
    if not one.field:
        sign, said = ("+", one.now) if not one.was else ("-", one.was) if not one.now else ("~", f"{one.was} → {one.now}")
        text = f"{sign} {named}" + (f": {said}" if said not in ("", title) else "")
    else:
        text = f"~ {named} · {_(FIELDS.get(one.field, one.field))}: {one.was or '—'} → {one.now or '—'}"
    people = [_(PEOPLE[who]) if who in PEOPLE else pack.say(f"post.{who}", language()) for who in one.whom]
    return text + (f"  [{', '.join(people)}]" if people else "")


def new(name: str, source: str, folder: Path) -> int:
    """A sixth county's pack to begin with: the files of another, under a name of its own. Raises Problem."""
    from bihuan.packs import folder_of  # noqa: PLC0415

    if not NAME.match(name):
        raise Problem(_("A pack's name has 2 to 40 small letters, digits and underscores and begins with a letter."))
    target = folder / name
    if target.exists():
        raise Problem(_("%s is there already; nothing was changed.") % target)
    origin = folder_of(source)
    if not (origin / "pack.toml").is_file():
        raise Problem(_("There is no pack “%s”.") % source)
    shutil.copytree(origin, target, ignore=shutil.ignore_patterns("__pycache__"))
    head = target / "pack.toml"
    text = re.sub(r'(?m)^name = ".*"$', f'name = "{name}"', head.read_text("utf-8"), count=1)
    text = re.sub(r'(?m)^version = ".*"$', 'version = "1"', text, count=1)
    head.write_text(re.sub(r"(?m)^published = true$", "published = false", text), "utf-8")
    write_schemas(target / ".schema")
    steps = (
        _("areas.toml and divisions.csv: the place's code, levels, townships and villages"),
        _("offices.toml and posts.toml: which offices there are, who sits in them, what they may do"),
        _("catalogue.toml: kinds of matter and the duty list; procedures/: stages, acts, limits"),
        _("stories/: tell your own cases, then: bihuan packs check %(folder)s; bihuan packs play %(folder)s")
        % {"folder": target},
    )
    print(_("%s begun. Now change:") % target)
    for n, step in enumerate(steps, 1):
        print(f"  {n}. {step}")
    return OK


def write_schemas(folder: Path) -> None:
    """The schema of each kind of file, for editors."""
    from bihuan.packs.schemas import PARTS, schema  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        (folder / f"{part}.json").write_text(json.dumps(schema(part), ensure_ascii=False, indent=1) + "\n", "utf-8")
