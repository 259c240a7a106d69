"""Which duty an act on a case asks of a post: the door looks here, and so do the proofs of a pack."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from bihuan.rules.procedure.acts import FILES
from bihuan.rules.procedure.shape import STAY, Action
from bihuan.rules.scope import Duty

WORDS: Final = "text"


def named(action: Action) -> frozenset[str]:
    """The posts that the act names, wherever they sit; holder, resident and system are among them and are no post's key."""
    return frozenset(who.rpartition(".")[2] for who in action.who)


def adds(action: Action) -> bool:
    """Whether an act does nothing but add to the case: it stays, files must come with it, and else it asks for words alone."""
    needs = action.needs.values()
    beside = (action.approve, action.automatic, action.pair, action.centre, action.takes, action.about, action.grades)
    brings = any(need.type in FILES and not need.optional for need in needs)
    return action.to.state == STAY and brings and not any(beside) and all(need.type in (*FILES, WORDS) for need in needs)


def may_perform(duties: Collection[str], post: str, action: Action | None) -> bool:
    """Whether a post with these duties may do the act at all; whose turn it is, the rules say then.

    Who may act may try every act. Who may only add (cases:case:add) does what adds and names the post itself.
    """
    if Duty.CASE_ACT in duties:
        return True
    return Duty.CASE_ADD in duties and action is not None and adds(action) and post in named(action)
