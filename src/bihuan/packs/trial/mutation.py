"""Mutation of a pack: how many of its mutants are caught by ``packs check`` (proofs, worked values) or by a story.

A pack whose slips nobody notices is not proved, however green it is. What survives is either the same rule said
otherwise (``equivalent``, with the reason, in mutants.toml beside the shipped packs) or a gap in proofs and stories.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Final

from bihuan.packs.areas import divisions
from bihuan.packs.build import SHIPPED
from bihuan.packs.later import Story
from bihuan.packs.loading import folder_of, load
from bihuan.packs.proofs import course, holders
from bihuan.packs.proofs.names import Names
from bihuan.packs.proofs.parts import Strand, strands
from bihuan.packs.proofs.report import Report
from bihuan.packs.proofs.told_place import ToldPlace
from bihuan.packs.reading import Reading
from bihuan.packs.trial import worked
from bihuan.packs.trial.operators import OPERATORS, Mutant, mutants
from bihuan.packs.trial.rehearsal import Rehearsal
from bihuan.packs.trial.told import rehearsable
from bihuan.rules.calendar import Calendar
from bihuan.rules.procedure.shape import Procedure

EQUIVALENT: Final = SHIPPED / "mutants.toml"
STORY, PROOF, WORKED = "story", "proof", "worked value"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one mutant. ``caught_by``: story, proof, worked value, or "" = it survived. ``how``: which, in words."""

    key: str
    operator: str
    caught_by: str
    how: str = ""
    same: str = ""


@dataclass(slots=True)
class Result:
    """All verdicts of a pack, and the stories that could not be rehearsed (with why)."""

    pack: str
    verdicts: list[Verdict] = field(default_factory=list)
    unheard: dict[str, str] = field(default_factory=dict)

    @property
    def survivors(self) -> list[Verdict]:
        """Those that nothing caught."""
        return [one for one in self.verdicts if not one.caught_by]

    @property
    def share(self) -> float:
        """Caught of all, in per cent; mutants that say the same rule otherwise count as not caught."""
        return 100 * (len(self.verdicts) - len(self.survivors)) / len(self.verdicts) if self.verdicts else 100.0


class Trial:
    """One pack under mutation."""

    def __init__(self, name: str | Path, calendar: Calendar) -> None:
        """Read the pack once and rehearse its stories. Raises PackError."""
        self.folder, self.pack, self.calendar = folder_of(name), load(name), calendar
        self.tree = holders.Tree(self.pack, divisions(name))
        self.rehearsal = Rehearsal(ToldPlace(self.tree), calendar)
        self.stories, self.unheard = rehearsable(self.rehearsal, self.pack.later.stories)
        self.worked = worked.read(self.folder, Reading())[1]
        self.parts: dict[str, dict[str, Strand]] = {
            key: {_name(strand): strand for strand in strands(procedure)} for key, procedure in self.pack.procedures.items()
        }
        self.told = {story.key: _words(story) for story in self.stories}
        self.known: dict[str, list[str]] = {}
        self.heard: dict[str, int] = {}

    def mutants(self) -> list[Mutant]:
        """Every mutant of every procedure that says something else than the pack."""
        found = [one for procedure in self.pack.procedures.values() for one in mutants(self.pack, procedure)]
        return [one for one in found if one.procedure != self.pack.procedures[one.procedure.key]]

    def verdict(self, mutant: Mutant) -> Verdict:
        """Names first (nothing may be played that cannot be), stories and worked values (milliseconds), then the walks."""
        for caught_by, find in ((PROOF, self._names), (STORY, self._story), (WORKED, self._worked), (PROOF, self._proof)):
            how = find(mutant)
            if how:
                return Verdict(mutant.key, mutant.operator, caught_by, how)
        return Verdict(mutant.key, mutant.operator, "", same=equivalents().get(self.pack.name, {}).get(mutant.key, ""))

    def _names(self, mutant: Mutant) -> str:
        report = self._report(mutant.procedure)
        for strand in strands(mutant.procedure):
            Names(report, strand).prove()
        return _told(report)[0] if report.findings else ""

    def _report(self, procedure: Procedure) -> Report:
        return Report(replace(self.pack, procedures={**self.pack.procedures, procedure.key: procedure}), {})

    def _story(self, mutant: Mutant) -> str:
        stories = [story for story in self.stories if story.procedure == mutant.procedure.key]
        place, what = mutant.place.rpartition(".")[2], mutant.what.partition(" ")[0]
        near = {story.key for story in stories if {place, what} & self.told[story.key]}
        for story in sorted(stories, key=lambda story: (story.key not in near, self._often(story))):
            wrong = self.rehearsal.wrong(story, mutant.procedure, first=True)
            if wrong:
                self.heard[story.key] = self.heard.get(story.key, 0) + 1
                return f"{story.key}: {wrong[0]}"
        return ""

    def _often(self, story: Story) -> int:
        return -self.heard.get(story.key, 0)

    def _worked(self, mutant: Mutant) -> str:
        procedures = {mutant.procedure.key: mutant.procedure}
        for table in self.worked:
            if table.procedure == mutant.procedure.key:
                for message in worked.contradictions(table, procedures, self.calendar):
                    return f"{table.clock or table.act or table.state}: {message}"
        return ""

    def _proof(self, mutant: Mutant) -> str:
        key = mutant.procedure.key
        if key not in self.known:
            self.known[key] = self._findings(self.pack.procedures[key])
        fresh = [one for one in self._findings(mutant.procedure) if one not in self.known[key]]
        return fresh[0] if fresh else ""

    def _findings(self, procedure: Procedure) -> list[str]:
        """What the proofs of course and holders find; parts that are as they were are not walked again."""
        report, whole = self._report(procedure), self.parts[procedure.key]
        for strand in strands(procedure):
            known = whole.get(_name(strand))
            if known is not None and known.part == strand.part:
                strand.__dict__["walk"] = known.walk
            if known is None or known.part != strand.part or procedure is self.pack.procedures[procedure.key]:
                course.prove(report, strand)
            holders.prove(report, strand, self.tree)
        return _told(report)


def _told(report: Report) -> list[str]:
    return [f"proof {one.proof} {one.key}: {one.message}" for one in report.findings]


def _words(story: Story) -> frozenset[str]:
    """The acts that a story does and expects, and the clocks: a slip in one of them is likely heard there first."""
    acts = {act.does.rpartition(".")[2] for act in story.acts}
    expected = [act.expect for act in story.acts] + [story.end]
    clocks = {clock for expect in expected for group in ("light", "due") for clock in expect.get(group, ())}
    return frozenset(acts | clocks)


def _name(strand: Strand) -> str:
    return strand.thread.key if strand.thread else ""


def run(
    trial: Trial,
    *,
    sample: int = 0,
    seed: int = 1,
    only: Sequence[str] = (),
    step: Callable[[int], None] | None = None,
) -> Result:
    """The verdict on every mutant, or on a drawn ``sample`` of them; ``step`` is told after each.

    ``only``: those in whose line of the report one of these texts stands.
    """
    drawn: Sequence[Mutant] = chosen(trial.mutants(), only)
    if sample and sample < len(drawn):
        drawn = Random(seed).sample(drawn, sample)  # noqa: S311 - a draw of tests, nothing secret
    result = Result(trial.pack.name, unheard=trial.unheard)
    for mutant in drawn:
        result.verdicts.append(trial.verdict(mutant))
        if step is not None:
            step(1)
    return result


def chosen(some: Sequence[Mutant], only: Sequence[str]) -> list[Mutant]:
    """Those in whose line of the report one of the texts stands; all of them where there is no text."""
    return [one for one in some if not only or any(text in line(one.key) or text in one.key for text in only)]


def survivors_of(table: str) -> list[str]:
    """The lines of the survivors in a report written earlier, to be tried again."""
    rows = [row.strip("| ").split(" | ") for row in table.splitlines() if row.startswith("| ")]
    return [row[0] for row in rows if len(row) == 2 and row[0].startswith(OPERATORS)]


def line(key: str) -> str:
    """A mutant's key as the reports print it."""
    return key.replace(" | ", ", ")


def report(result: Result) -> str:
    """The figures of one pack as Markdown: by operator, by what caught them, and each survivor with what it is."""
    caught = len(result.verdicts) - len(result.survivors)
    same = sum(bool(one.same) for one in result.survivors)
    missed = len(result.survivors) - same
    lines = [
        f"## {result.pack}",
        "",
        f"{caught} of {len(result.verdicts)} caught: **{result.share:.1f} %**; missed {missed}, equivalent {same}.",
        "",
        "| operator | made | story | worked value | proof | survived |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for operator in dict.fromkeys(one.operator for one in result.verdicts):
        some = [one for one in result.verdicts if one.operator == operator]
        by = [sum(one.caught_by == how for one in some) for how in (STORY, WORKED, PROOF, "")]
        lines.append(f"| {operator} | {len(some)} | {by[0]} | {by[1]} | {by[2]} | {by[3]} |")
    lines += ["", "| survivor | what it is |", "| --- | --- |"]
    for one in result.survivors:
        lines.append(f"| {line(one.key)} | {'equivalent: ' + one.same if one.same else 'missed'} |")
    return "\n".join(lines) + "\n"


def equivalents() -> dict[str, dict[str, str]]:
    """Pack -> mutant's key -> why it says the same rule otherwise."""
    if not EQUIVALENT.is_file():
        return {}
    data: dict[str, dict[str, str]] = tomllib.loads(EQUIVALENT.read_text("utf-8"))
    return data
