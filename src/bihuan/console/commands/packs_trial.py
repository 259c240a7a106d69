"""``bihuan packs worked``, ``tell`` and ``mutate``: putting a pack to trial without a database."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.console.bars import bar
from bihuan.console.commands.rules import calendar_of, load
from bihuan.console.problem import FOUND, OK, Problem
from bihuan.console.words import _, gettext_noop, padded

if TYPE_CHECKING:
    from bihuan.packs.trial.mutation import Result

ENOUGH = 95.0
"""Per cent of mutants that must be caught."""


def add(asked: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parsers of the three."""
    worked = asked.add_parser("worked", help=_("print a worked value of every limit, to be compared with the regulation"))
    worked.add_argument("pack", help=_("a shipped pack's name or a folder"))
    worked.set_defaults(run=run_worked)
    tell = asked.add_parser(
        "tell",
        help=_("print a story with what the rules make of it"),
        description=_("Print a story's acts with states, lights, limits and who may do what; read it, then keep it."),
    )
    tell.add_argument("pack", help=_("a shipped pack's name or a folder"))
    tell.add_argument("--story", required=True, help=_("the story's file name without its ending"))
    tell.set_defaults(run=run_tell)
    mutate = asked.add_parser(
        "mutate",
        help=_("make small slips in a pack and count how many are caught"),
        description=_("Make every small slip the language knows and see whether proofs, worked values or stories catch it."),
    )
    mutate.add_argument("pack", help=_("a shipped pack's name or a folder"))
    mutate.add_argument("--sample", type=int, default=0, metavar="N", help=_("try only so many, drawn"))
    mutate.add_argument("--seed", type=int, default=1, help=_("of the draw (default: 1)"))
    mutate.add_argument(
        "--only", action="append", default=[], metavar="TEXT", help=_("only slips in whose line this stands; may be given again")
    )
    mutate.add_argument("--again", type=Path, metavar="TABLE", help=_("only the survivors in a table written earlier with -o"))
    mutate.add_argument("-o", "--output", type=Path, help=_("write the survivors and figures as a table (Markdown)"))
    mutate.set_defaults(run=run_mutate)


def run_worked(args: argparse.Namespace) -> int:
    """worked.toml as the rules stand."""
    from bihuan.packs.trial.worked import draft  # noqa: PLC0415 - each command imports only what it runs on

    pack = load(args.pack)
    print(draft(pack, calendar_of(pack)), end="")
    return OK


def run_tell(args: argparse.Namespace) -> int:
    """The story as TOML with its expectations. Raises Problem where it names what there is not."""
    from bihuan.packs import divisions  # noqa: PLC0415
    from bihuan.packs.proofs.holders import Tree  # noqa: PLC0415
    from bihuan.packs.proofs.told_place import ToldPlace  # noqa: PLC0415
    from bihuan.packs.telling import StoryFault  # noqa: PLC0415
    from bihuan.packs.trial.drafting import draft  # noqa: PLC0415
    from bihuan.packs.trial.rehearsal import Rehearsal  # noqa: PLC0415

    pack = load(args.pack)
    story = next((story for story in pack.later.stories if story.key == args.story), None)
    if story is None or story.procedure not in pack.procedures:
        raise Problem(_("The pack has no story “%s”.") % args.story)
    try:
        print(draft(Rehearsal(ToldPlace(Tree(pack, divisions(args.pack))), calendar_of(pack)), story), end="")
    except StoryFault as fault:
        raise Problem(_("The story “%(story)s”: %(say)s") % {"story": story.key, "say": fault}) from fault
    return OK


def run_mutate(args: argparse.Namespace) -> int:
    """The figure and every survivor; 1 when fewer are caught than must be, of some chosen ones when any is missed."""
    from bihuan.packs.trial.mutation import Trial, chosen, report, run, survivors_of  # noqa: PLC0415

    only = [*args.only, *(survivors_of(args.again.read_text("utf-8")) if args.again else ())]
    trial = Trial(args.pack, calendar_of(load(args.pack)))
    count = len(chosen(trial.mutants(), only))
    with bar(gettext_noop("making slips"), min(args.sample, count) if args.sample else count) as step:
        result = run(trial, sample=args.sample, seed=args.seed, only=only, step=step)
    print_result(result)
    if args.output is not None:
        args.output.write_text(report(result), "utf-8")
    return OK if (not result.survivors if only else result.share >= ENOUGH) else FOUND


def print_result(result: Result) -> None:
    """Operator by operator, then the survivors."""
    for key, why in result.unheard.items():
        print(_("story %(story)s is not rehearsed: %(why)s") % {"story": key, "why": why})
    made, survived = Counter(one.operator for one in result.verdicts), Counter(one.operator for one in result.survivors)
    for operator, n in made.items():
        print(f"{padded(operator, 20)}{n:>6}{n - survived[operator]:>6}")
    for one in result.survivors:
        print(f"  - {one.key}" + (f"  = {one.same}" if one.same else ""))
    told = {"pack": result.pack, "all": len(result.verdicts), "caught": len(result.verdicts) - len(result.survivors)}
    print(_("%(pack)s: %(caught)s of %(all)s slips caught, %(share)s %%") % {**told, "share": f"{result.share:.1f}"})
