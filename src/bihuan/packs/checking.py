"""``check``: read a pack and prove it; one finding for each fault, in the order of files and lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bihuan.packs.areas import Division, areas_of
from bihuan.packs.build import build
from bihuan.packs.faults import Finding, PackError
from bihuan.packs.loading import folder_of
from bihuan.packs.proofs import (
    counting,
    course,
    doing,
    holders,
    lights,
    listing,
    narrowing,
    papers,
    place,
    sorting,
    stories,
    wording,
)
from bihuan.packs.proofs.names import Names
from bihuan.packs.proofs.parts import strands
from bihuan.packs.proofs.report import WORDS, Report
from bihuan.packs.shape import Pack
from bihuan.packs.trial import told, worked
from bihuan.rules.calendar import Calendar


def check(path_or_name: str | Path, calendar: Calendar | None = None) -> list[Finding]:
    """All that is wrong with a pack; an empty list means that its rules can be lived with.

    With a calendar its worked values (worked.toml) are counted, too, and once the proofs hold its stories are rehearsed; of an
    overlay those of its own folder (the county's are played on it by ``bihuan packs play``).

    What cannot be read at all comes alone. Names are proved first; a procedure with a wrong name is walked no further.
    """
    folder = folder_of(path_or_name)
    built = build(folder)
    if built.pack is None or built.findings:
        return _sorted(list(built.findings))
    report = Report(built.pack, built.places)
    areas = _areas(report, folder)
    found = _proved(report, areas, built.base)
    if calendar is None:
        return found
    if all(finding.proof == WORDS for finding in found):
        own = {file.stem for file in (folder / "stories").glob("*.toml")}
        told.prove(report, holders.Tree(built.pack, areas), calendar, own)
    return _sorted([*report.findings, *worked.prove(built.pack, folder, calendar)])


def check_pack(pack: Pack, areas: Sequence[Division], base: Pack | None = None) -> list[Finding]:
    """The same proofs of a pack that has no files (a version made at the desk), over the areas that there are."""
    return _proved(Report(pack, {}), tuple(areas), base)


def _proved(report: Report, areas: tuple[Division, ...], base: Pack | None) -> list[Finding]:
    place.prove(report)
    if base is not None:
        narrowing.prove(report, base, areas)
    tree = holders.Tree(report.pack, areas)
    for procedure in report.pack.procedures.values():
        before = len(report.findings)
        parts = list(strands(procedure))
        for strand in parts:
            Names(report, strand).prove()
        if len(report.findings) > before:
            continue
        for strand in parts:
            course.prove(report, strand)
            holders.prove(report, strand, tree)
            doing.prove(report, strand)
    counting.prove(report)
    listing.prove(report)
    papers.prove(report)
    sorting.prove(report)
    lights.prove(report)
    wording.prove(report, base)
    stories.prove(report, tree)
    return _sorted(report.findings)


def _areas(report: Report, folder: Path) -> tuple[Division, ...]:
    try:
        return areas_of(report.pack, folder)
    except PackError as error:
        report.findings.extend(error.findings)
        return ()


def _sorted(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.file, finding.line, finding.proof, finding.key, finding.message))
