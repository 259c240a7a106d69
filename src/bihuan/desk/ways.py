"""The other lawful ways that a matter may take: which act names one, and which of them sorting asks for."""

from __future__ import annotations

from bihuan.cases.shapes import CasePage
from bihuan.packs.shape import Pack, Route
from bihuan.rules.events import MAIN
from bihuan.rules.procedure.shape import Action


def naming(page: CasePage) -> Action | None:
    """The act of this actor, open now, that names another way; None where there is none."""
    offers = (one.action for one in page.offers if one.thread == MAIN and not one.refused)
    return next((one for one in offers if any(need.type == "route" for need in one.needs.values())), None)


def asked_of(pack: Pack, act: Action | None) -> list[Route]:
    """The routes that are asked for, in the pack's order: those the act can name."""
    need = next((one for one in act.needs.values() if one.type == "route"), None) if act else None
    return [one for one in pack.catalogue.routes if need and one.if_so and (not need.of or one.key in need.of)]
