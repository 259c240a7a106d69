"""Every key has words: Chinese titles for what people see, and the same keys in every other language of the pack."""

from __future__ import annotations

from collections.abc import Iterator

from bihuan.packs.plain_text import unseen
from bihuan.packs.proofs.report import WORDS, Report
from bihuan.packs.reading import Place
from bihuan.packs.shape import Pack
from bihuan.rules.procedure.shape import Procedure


def prove(report: Report, base: Pack | None = None) -> None:
    """Titles, choices, and the other languages; no sign that nobody sees. What an overlay adds may be said in Chinese alone."""
    _plain(report)
    chinese = report.pack.wording.get("zh", {})
    for procedure in report.pack.procedures.values():
        for place, key in _seen(procedure):
            if key not in chinese:
                report.fault(WORDS, place, f"people see this but it has no words: write {key!r} (a title, or wording/zh.toml)")
    for language, words in report.pack.wording.items():
        if language == "zh":
            continue
        known = base.wording.get("zh", {}) if base else chinese
        for key in sorted((set(chinese) & set(known)) - set(words)):
            report.fault(WORDS, ("wording", language, key), f"{key!r} has no words in {language}")
        for key in sorted(set(words) - set(chinese)):
            report.fault(WORDS, ("wording", language, key), f"{key!r} is no key of this pack: correct or drop it")


def _plain(report: Report) -> None:
    """Words, and the texts of the duty list: what a person agrees to is what a person reads."""
    message = "this text holds signs that nobody sees (controls, turned writing): write it anew"
    for language, words in report.pack.wording.items():
        for key, said in words.items():
            if unseen(said, lines=True):
                report.fault(WORDS, ("wording", language, key), message)
    for line in report.pack.catalogue.duties:
        if unseen(line.basis, lines=True) or unseen(line.source, lines=True):
            report.fault(WORDS, ("duty", line.level, line.category), message)


def _seen(procedure: Procedure) -> Iterator[tuple[Place, str]]:
    yield (procedure.key, "procedure"), f"procedure.{procedure.key}"
    main: Place = (procedure.key,)
    parts = [(main, procedure.key, procedure.states, procedure.actions, procedure.clocks)]
    parts += [
        ((procedure.key, "thread", thread.key), f"{procedure.key}.{thread.key}", thread.states, thread.actions, thread.clocks)
        for thread in procedure.threads
    ]
    for place, prefix, states, actions, clocks in parts:
        for state in states:
            yield (*place, "state", state.key), f"state.{prefix}.{state.key}"
        for action in actions:
            here = (*place, "action", action.key)
            yield here, f"action.{prefix}.{action.key}"
            yield here, f"event.{procedure.key}.{action.event}"
            for name, need in action.needs.items():
                yield here, f"need.{prefix}.{action.key}.{name}"
                if need.type in ("choice", "choices") and not _listed_elsewhere(name):
                    for value in need.of:
                        yield here, f"choice.{name}.{value}"
        for clock in clocks:
            yield (*place, "clock", clock.key), f"clock.{prefix}.{clock.key}"
            for limit in clock.limits:
                if limit.key:
                    yield (*place, "clock", clock.key), f"limit.{limit.key}"
    for state in procedure.states:
        for part in ("title", "say"):
            yield (procedure.key, "state", state.key), f"track.{procedure.key}.{state.key}.{part}"


def _listed_elsewhere(name: str) -> bool:
    """Choices that are lists of the catalogue have their titles there."""
    return name in ("category", "kind", "channel", "route", "service")
