"""What each kind of notice says. A notice holds keys and numbers; the words are made here, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from bihuan.cases.shapes import SeenCase
from bihuan.notify.shapes import NoticeLine
from bihuan.rules.terms import N_, FactValue
from bihuan.web.speech import Speech

Facts = Mapping[str, FactValue]
Words = Callable[[Facts, str, Speech], str]
"""Facts of a notice, the procedure of its case ("" = unknown) and the speech -> its sentence."""


def _due(facts: Facts, say: Speech) -> str:
    due = facts.get("due")
    return say.moment(datetime.fromisoformat(due)) if isinstance(due, str) and due else ""


def _clock(facts: Facts, procedure: str, say: Speech) -> str:
    return say.clock(procedure, str(facts.get("clock") or "")) if procedure else ""


def _before(facts: Facts, procedure: str, say: Speech) -> str:
    return _("Reminder: the limit “%(clock)s” ends %(due)s.") % {"clock": _clock(facts, procedure, say), "due": _due(facts, say)}


def _near(facts: Facts, procedure: str, say: Speech) -> str:
    return _("Due soon: the limit “%(clock)s” ends %(due)s.") % {"clock": _clock(facts, procedure, say), "due": _due(facts, say)}


def _over(facts: Facts, procedure: str, say: Speech) -> str:
    return _("Overdue: the limit “%(clock)s” ended %(due)s.") % {"clock": _clock(facts, procedure, say), "due": _due(facts, say)}


def _split(facts: Facts, _procedure: str, _say: Speech) -> str:
    n = int(str(facts.get("n") or 0))
    said = _(
        "An area was split: %(n)d open matters lie in one part now. Look which belong to another part and correct their area."
    )
    return said % {"n": n}


def _said(words: str) -> Words:
    """A sentence without anything to fill in; ``words``: its msgid."""

    def say_it(_facts: Facts, _procedure: str, _say: Speech) -> str:
        return _(words)

    return say_it


SENTENCES: dict[str, Words] = {
    "limit_before": _before,
    "limit_near": _near,
    "limit_over": _over,
    "reminded": _said(N_("The centre reminds you of this matter; read its words on the page of the matter.")),
    "copied": _said(N_("This matter was given to your unit, with a copy to you.")),
    "area_split": _split,
    "urgent": _said(N_("Urgent: this matter has just come to you; its limits run by the clock, day and night.")),
    "letter_drafted": _said(N_("A supervision letter is drafted and waits for your signature.")),
    "letter_received": _said(N_("A supervision letter has come to your unit; its matters wait for your answer.")),
    "letter_answered": _said(N_("A supervision letter was answered; the answer waits to be judged.")),
    "letter_insufficient": _said(N_("The answer to the supervision letter was not sufficient; it is to be given anew.")),
    "instructed": _said(N_("A leader has given an instruction on this matter; report on it by the date in it.")),
    "instruction_reported": _said(N_("Your instruction on this matter was reported on.")),
}
"""By kind of notice. A kind without a line here says only that something has changed."""


def sentence(line: NoticeLine, known: SeenCase | None, say: Speech) -> str:
    """The sentence of a notice."""
    words = SENTENCES.get(line.kind)
    return words(line.facts, known.procedure if known else "", say) if words else _("Something has changed here.")
