"""The panel of linked matters on a case page, and what may be done about them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases.links import linked_to
from bihuan.cases.shapes import CasePage
from bihuan.rules.scope import Duty
from bihuan.web.speech import Speech


def panel(actor: Actor, page: CasePage, say: Speech) -> dict[str, Any]:
    """The linked matters of a case page and what may be done about them."""
    allowed = {offer.action.key for offer in page.offers if offer.action.pair is not None and not offer.refused}
    found = linked_to(actor, page)
    titles = {
        "lead": _("handled together with"), "merged": _("merged into this one"), "origin": _("split off from"),
        "part": _("split off from this one"), "related": _("related"),
    }  # fmt: skip
    undo = {"lead": "unmerge", "related": "unrelate"}
    return {
        "rows": [
            {
                "id": one.case_id, "href": f"/desk/case/{one.case_id}", "number": one.number, "title": one.title,
                "role": titles[one.role], "state": say.state(page.procedure.key, one.state), "at": say.day(one.at),
                "undo": undo.get(one.role, "") if undo.get(one.role, "") in allowed else "",
                "undo_title": say.action(page.procedure.key, undo.get(one.role, "")) if one.role in undo else "",
                "asks": one.role == "lead",
            }
            for one in found
        ],
        "readers": sum(one.role == "merged" for one in found),
        "can_merge": "merge" in allowed,
        "can_relate": "relate" in allowed,
        "can_split": "split_off" in allowed and Duty.CASE_ASSIGN in actor.duties,
        "none": not found,
    }  # fmt: skip
