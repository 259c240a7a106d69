"""Choosing a place or an office by typing a few words of it, or by going down the tree. Works without a script too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.people import selectors as people
from bihuan.places import selectors as places
from bihuan.web.guards import anyone
from bihuan.web.requests import HIDDEN, searched, whole_number
from bihuan.web.speech import Speech, speech

FOUND = 12
RUNS = re.compile(r"[0-9]+|[^\s0-9,，、·]+")


@dataclass(frozen=True, slots=True)
class Pick:
    """One line to choose. ``below``: it can be opened to choose something inside it."""

    value: str
    title: str
    below: bool = False


def words_of(typed: str) -> list[str]:
    """The words to look for: "文星3" looks for a name with 文星 and one with 3."""
    return RUNS.findall(HIDDEN.sub("", typed))[:6]


def area_picks(typed: str, *, chosen: str = "", parent: str = "", browse: bool = False) -> list[Pick]:
    """Areas whose names hold every word typed, or those below ``parent``; the one already chosen stays first.

    Nothing typed: the chosen one alone; where none is chosen, or with ``browse``, the top of the tree.
    """
    words = words_of(typed)
    if parent:
        found = places.children(parent)
    elif words:
        found = places.find(words, limit=FOUND)
    elif chosen and not browse:
        found = []
    else:
        tops = places.top_areas()
        found = [*(child for top in tops for child in places.children(top.code)), *tops]
    codes = [fact.code for fact in found]
    named = places.path_names([*codes, *([chosen] if chosen else [])])
    deepest = max((len(code) for code in codes), default=0)
    order = ([chosen] if chosen in named else []) + [code for code in codes if code != chosen]
    return [Pick(code, named.get(code, code), below=not words and len(code) == deepest and deepest < 15) for code in order]


def office_picks(actor_stamp: int, typed: str, say: Speech, *, chosen: int = 0) -> list[Pick]:
    """Units whose names hold every word typed; the one already chosen stays first."""
    directory = people.directory(actor_stamp)
    words = words_of(typed)
    found: list[Pick] = []
    if chosen and directory.name_of(chosen):
        found.append(Pick(str(chosen), directory.name_of(chosen)))
    for kind in say.pack.unit_kinds if words else ():
        for fact in directory.all_of(kind.key):
            name = directory.name_of(fact.id)
            if fact.id != chosen and all(word in name for word in words):
                found.append(Pick(str(fact.id), name))
                if len(found) >= FOUND:
                    return found
    return found


def person_picks(unit: int, say: Speech) -> list[Pick]:
    """Who holds a post in the unit: for a matter that is about one of them. One statement."""
    if not unit:
        return []
    seen: dict[int, Pick] = {}
    for post in people.holders_of(unit):
        seen.setdefault(post.account, Pick(str(post.account), f"{post.account_name} · {say.post(post.key)}"))
    return list(seen.values())


@anyone()
def areas(request: HttpRequest) -> HttpResponse:
    """The lines under an area field, for the script. Names of areas are public."""
    parent = searched(request, "parent")
    picks = area_picks(searched(request, "area_q"), chosen=_code(request), parent=parent if parent.isdigit() else "")
    return _lines(request, "area", picks, chosen=_code(request))


@anyone()
def offices(request: HttpRequest) -> HttpResponse:
    """The lines under the field "which office is it about", for the script. Names of offices are public."""
    actor = getattr(request, "actor", None)
    say = speech(actor.pack_digest if actor else "")
    chosen = whole_number(request.GET.get("about_unit"))
    picks = office_picks(actor.org_stamp if actor else 0, searched(request, "office_q"), say, chosen=chosen)
    return _lines(request, "about_unit", picks, chosen=str(chosen or ""))


def _code(request: HttpRequest) -> str:
    code = searched(request, "area")
    return code if code.isdigit() else ""


def _lines(request: HttpRequest, name: str, picks: Sequence[Pick], chosen: str) -> HttpResponse:
    return render(request, "web/picks.html", {"name": name, "picks": picks, "chosen": chosen, "tried": True})
