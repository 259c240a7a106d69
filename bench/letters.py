"""Supervision letters for what stands late, so that the supervision desk has what a busy centre has."""

from __future__ import annotations

from bench.place import Place
from bihuan.cases.models import Thread
from bihuan.cases.shapes import MAIN
from bihuan.flows.supervising import open_lines
from bihuan.ledger import clock
from bihuan.ledger.services import Claim
from bihuan.supervision import services
from bihuan.supervision.models import Letter
from bihuan.supervision.shapes import DRAFTED, Occasion

MOST = 300
"""Late matters that get into a letter, the same number at every size."""


def write_letters(place: Place) -> int:
    """Draft a letter for each office that holds late matters, sign every other one; how many letters there are."""
    head = place.actor("centre_head")
    late = Thread.objects.filter(name=MAIN, open=True, due_at__lt=clock.now(), holder_unit__in=place.offices).order_by("pk")
    rows = late.values_list("case_id", "holder_unit", "case__number", "case__title", "due_at")[:MOST]
    for case_id, unit, number, title, due_at in rows:
        services.draft(
            Occasion(
                issuer=place.centre,
                unit=unit,
                grade="ordinary",
                ref=f"bench:{case_id}",
                case_id=case_id,
                number=number,
                summary=title,
                clock="resolve",
                due_at=due_at,
            )
        )
    drafts = Letter.objects.filter(state=DRAFTED, issuer_id=place.centre).order_by("pk")
    for pk, version in list(drafts.values_list("pk", "version"))[::2]:
        services.sign(head, pk, seen=version)
        open_lines(Claim(id=0, entry=0, topic="letter_signed", payload={"letter": pk}, tries=0))
    return Letter.objects.count()
