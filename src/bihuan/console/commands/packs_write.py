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
    from bihuan.rules.procedure.shape import Procedure

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
NOBODY_ANSWERS = "nobody"
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


OVERLAY = """# {title}：在 {base_title} 之上收紧，只写改动，其余照县里的。能改什么、不能改什么见规则包语言“Narrowing”一节。
[pack]
name = "{name}"
title = "{title}"
version = "1"
base = "{base}@{version}"
area = "{area}"
"""
STRICTER = """# 去掉行首的 # 就生效；只能比县里的更紧，放松的会被检查拒绝。现在县里是 {n} {unit}。
# [[clock]]
# key = "{clock}"
# limits = [{{ key = "{limit}", n = {less}, unit = "{unit}" }}]
"""


def narrowed(name: str, base: str, area: str, folder: Path) -> int:
    """A township's own folder over its county's rules: the head, and a limit that may be shortened. Raises Problem.

    ``base``: the county's pack, with or without "@version"; ``area``: code or name of the area whose matters begin under it.
    """
    from bihuan.packs import divisions, folder_of, load  # noqa: PLC0415

    below, _at, wanted = base.partition("@")
    if not NAME.match(name):
        raise Problem(_("A pack's name has 2 to 40 small letters, digits and underscores and begins with a letter."))
    target = folder / name
    if target.exists():
        raise Problem(_("%s is there already; nothing was changed.") % target)
    beside = folder / below
    origin = beside if (beside / "pack.toml").is_file() else folder_of(below)
    if not NAME.match(below) or not (origin / "pack.toml").is_file():
        raise Problem(_("There is no pack “%s”.") % below)
    pack = load(origin)
    if wanted not in ("", pack.version):
        raise Problem(_("%(pack)s is at version %(version)s.") % {"pack": below, "version": pack.version})
    places = {one.code: one.name for one in divisions(origin)}
    code = area if area in places else next((key for key, title in places.items() if title == area), "")
    if not code:
        raise Problem(
            _("%(pack)s has no area “%(area)s”: give its code or its name with --area.") % {"pack": pack.title, "area": area}
        )
    title = f"{places[code]}办理规则"
    head = OVERLAY.format(
        name=name, title=title, base_title=pack.title, base=below, version=pack.version, area=code
    )  # fmt: skip
    (target / "procedures").mkdir(parents=True)
    (target / "pack.toml").write_text(head, "utf-8")
    for key, procedure in pack.procedures.items():
        (target / "procedures" / f"{key}.toml").write_text(_stricter(procedure), "utf-8")
    write_schemas(target / ".schema")
    steps = (
        _("procedures/: shorten a limit, add a condition, a question, an approval; write only what changes"),
        _("bihuan packs check %(folder)s: whatever is looser than the county's is refused") % {"folder": target},
        _("bihuan packs play %(folder)s: the county's stories, played on it") % {"folder": target},
        _("bihuan packs diff %(base)s %(folder)s: what changes, and for whom")
        % {"base": origin if origin == beside else below, "folder": target},
    )
    print(_("%s begun. Now change:") % target)
    for n, step in enumerate(steps, 1):
        print(f"  {n}. {step}")
    return OK


def _stricter(procedure: Procedure) -> str:
    """A procedure's file to begin with: its first limits of an office that can be shortened, as remarks."""
    found = [
        STRICTER.format(n=span.n, unit=span.unit, clock=clock.key, limit=limit.key, less=span.n - 1)
        for clock in procedure.clocks
        for limit in clock.limits
        if (span := limit.span) is not None and span.n > 1 and limit.key and clock.charges != NOBODY_ANSWERS
    ]
    return "\n".join(found[:3]) or "# 只写改动。\n"


def write_schemas(folder: Path) -> None:
    """The schema of each kind of file, for editors."""
    from bihuan.packs.schemas import PARTS, schema  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        (folder / f"{part}.json").write_text(json.dumps(schema(part), ensure_ascii=False, indent=1) + "\n", "utf-8")
