"""Proof 14: who is named for an act has the duties that the door asks for, so that nobody is promised what is always refused."""

from __future__ import annotations

from collections.abc import Iterator

from bihuan.packs.proofs.parts import Strand
from bihuan.packs.proofs.report import DUTIES, Report
from bihuan.packs.shape import PostSpec
from bihuan.rules.procedure.duties import adds, may_perform
from bihuan.rules.procedure.shape import Action, State
from bihuan.rules.scope import Duty


def prove(report: Report, strand: Strand) -> None:
    """Every post named in ``who`` of an act, and every post that holds a state which is not final."""
    posts = {post.key: post for post in report.pack.posts}
    for action in strand.part.actions:
        place = (*strand.place, "action", action.key)
        for who in action.who:
            post = posts.get(who.rpartition(".")[2])
            for duty in _missing(strand, action, post) if post else ():
                report.fault(DUTIES, place, f"{who} may never do this: give the post the duty {duty!r}{_or_less(action, duty)}")
    for state in strand.part.states:
        for post in (posts[key] for key in _holding(state) if key in posts):
            if Duty.CASE_ACT not in post.duties:
                place = (*strand.place, "state", state.key)
                report.fault(
                    DUTIES, place, f"{post.key} holds it and may never act: give the post the duty {Duty.CASE_ACT.value!r}"
                )


def _missing(strand: Strand, action: Action, post: PostSpec) -> Iterator[str]:
    """The duties that the door will ask for and the post does not have."""
    start = strand.procedure.start_action
    begins = strand.thread is None and action.key == start
    if begins or (action.pair is not None and action.pair.act == start):
        yield from (duty.value for duty in (Duty.CASE_OPEN,) if duty not in post.duties)
    if begins:
        return
    if Duty.CASE_READ not in post.duties:
        yield Duty.CASE_READ.value
    if not may_perform(post.duties, post.key, action):
        yield Duty.CASE_ACT.value


def _or_less(action: Action, duty: str) -> str:
    """An act that only adds something asks for less."""
    return f", or {Duty.CASE_ADD.value!r}" if duty == Duty.CASE_ACT and adds(action) else ""


def _holding(state: State) -> Iterator[str]:
    """The posts in whose hands a case lies in a state."""
    if state.final or state.holder is None:
        return
    for spec in state.holder.every():
        yield from dict.fromkeys((spec.post, *spec.in_kind.values()))
