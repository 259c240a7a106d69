"""The county of the guide's page for those who write a pack: checked, told, and slips in it are caught."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from bihuan import packs
from bihuan.console.commands import packs as commands
from bihuan.console.commands.packs_trial import ENOUGH
from bihuan.console.commands.rules import calendar_of
from bihuan.packs.trial.mutation import Trial, run

EXAMPLE = Path(__file__).with_name("worked_example")
GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "write_a_pack.md"


def test_nothing_is_wrong_with_it() -> None:
    assert [str(one) for one in packs.check(EXAMPLE, calendar_of(packs.load(EXAMPLE)))] == []


def test_its_stories_go_as_told_and_slips_are_caught() -> None:
    trial = Trial(EXAMPLE, calendar_of(packs.load(EXAMPLE)))
    assert trial.unheard == {}
    assert len(trial.stories) >= 6
    result = run(trial)
    assert result.share >= ENOUGH, [one.key for one in result.survivors]


def test_every_command_of_the_page_exists() -> None:
    parser = argparse.ArgumentParser()
    commands.add(parser.add_subparsers())
    named = set(re.findall(r"bihuan packs (\w+)", GUIDE.read_text("utf-8")))
    assert named >= {"new", "check", "graph", "worked", "tell", "play", "mutate", "diff", "list"}
    (group,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    (asked,) = (action for action in group.choices["packs"]._actions if isinstance(action, argparse._SubParsersAction))
    assert named <= set(asked.choices)


def test_what_the_page_shows_is_what_the_example_says() -> None:
    """Every passage of TOML on the page stands in the example's files, spaces and remarks aside."""
    page = GUIDE.read_text("utf-8")
    files = _bare("\n".join(file.read_text("utf-8") for file in sorted(EXAMPLE.rglob("*.toml"))))
    shown = [block for block in re.findall(r"(?m)(?:^    .*\n)+", page) if block.lstrip().startswith("[[")]
    assert len(shown) >= 2
    for block in shown:
        assert _bare(block) in files, block


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"#.*", "", text))
