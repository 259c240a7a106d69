"""``bihuan packs play``: a pack's own stories on a place founded for them, printed act by act."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.console import place
from bihuan.console.bars import bar
from bihuan.console.problem import FOUND, OK, Problem
from bihuan.console.words import _, gettext_noop, language, padded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bihuan.packs import Pack
    from bihuan.packs.later import Story
    from bihuan.play.pack_stories import Line, Told
    from bihuan.rules.calendar import Calendar


def play(pack: Pack, source: str, only: Sequence[str]) -> int:
    """Play the stories asked for (none named: all) on a fresh place in a temporary folder. Raises Problem."""
    stories = [story for story in pack.later.stories if not only or story.key in only]
    unknown = set(only) - {story.key for story in stories}
    if unknown or not stories:
        raise Problem(_("The pack has no story “%s”.") % ", ".join(sorted(unknown) or ["*"]))
    with tempfile.TemporaryDirectory(prefix="bihuan-play-") as made:
        for name in ("BIHUAN_DATABASE", "BIHUAN_KEYS", "BIHUAN_ANCHORS"):
            os.environ.pop(name, None)
        place.use(Path(made) / "data", development=True)
        told = _played(pack, source, stories)
    wrong = sum(not one.held for one in told)
    print(_("%(n)s stories, %(wrong)s not as told") % {"n": len(told), "wrong": wrong})
    return FOUND if wrong else OK


def _played(pack: Pack, source: str, stories: Sequence[Story]) -> list[Told]:
    from bihuan.console.commands.init import found  # noqa: PLC0415 - each command imports only what it runs on
    from bihuan.flows.worker import rests_until, run_once  # noqa: PLC0415
    from bihuan.ledger import clock  # noqa: PLC0415
    from bihuan.packs import base_pack, whole  # noqa: PLC0415
    from bihuan.play.cast import fill_posts  # noqa: PLC0415
    from bihuan.play.pack_stories import Teller  # noqa: PLC0415
    from bihuan.play.story_words import Place, StoryFault  # noqa: PLC0415
    from bihuan.rulebook.selectors import calendar_for  # noqa: PLC0415

    narrows = base_pack(source)
    if narrows is not None:
        pack = whole(pack)  # the county's stories, as if its whole place went by the overlay
    with bar(gettext_noop("setting the county up"), 2) as step:
        found(pack, source)
        step(1)
        fill_posts(pack)
        step(1)
    calendar, told = calendar_for(pack), []
    with clock.at(clock.now()) as standing:
        teller = Teller(Place(pack), calendar, standing, run_once, narrows, rests_until)
        for story in stories:
            try:
                one = teller.play(story)
            except StoryFault as fault:
                raise Problem(_("The story “%(story)s”: %(say)s") % {"story": story.key, "say": fault}) from fault
            print_story(one, pack, calendar)
            told.append(one)
    return told


def print_story(told: Told, pack: Pack, calendar: Calendar) -> None:
    """One story: its title, a line for each act, what was not as told."""
    print(f"\n{'✓' if told.held else '✕'} {told.story.title}  [{told.story.key}] {told.number}")
    for line in told.lines:
        _print_line(line, told, pack, calendar)


def _print_line(line: Line, told: Told, pack: Pack, calendar: Calendar) -> None:
    at = f"{calendar.local(line.at):%Y-%m-%d %H:%M}"
    words = pack.say(f"action.{told.story.procedure}.{line.act}", language()) if line.act else ""
    act = line.act if words.startswith("action.") else words
    state = pack.say(f"state.{told.story.procedure}.{line.state}", language())
    print(f"  {at}  {padded(line.who, 12)}{padded(act or '·', 20)}{padded(state, 14)}{', '.join(line.happened)}".rstrip())
    for wrong in line.wrong:
        print(f"      ✕ {wrong}")
