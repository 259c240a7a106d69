"""An act that needs approval becomes a thread of its own: asked, then granted or refused, with its own clock."""

from __future__ import annotations

from collections.abc import Iterable, Set

from bihuan.packs.shape import PostSpec, UnitKind
from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.rules.procedure.shape import Action, Automatic, Guard, HolderSpec, Need, Procedure, State, ThreadSpec, To

OPENED = "opened"
"""The first event of a thread (``rules.procedure.acts.OPENED``)."""
ASKED, GRANTED, REFUSED = "asked", "granted", "refused"


def approval_thread(action: Action, centre_posts: Set[str]) -> ThreadSpec:
    """The thread that asking ``action`` opens. The act itself takes effect when the thread is granted.

    Event kinds are "<action>_asked" (in the thread of the act), "<action>_granted", "<action>_refused". Silence past
    ``within`` grants or refuses by the system. Whoever asked decides neither way.
    """
    approve = action.approve
    if approve is None:
        raise ValueError(f"the action {action.key} needs no approval")
    key, title = f"ask_{action.key}", f"审批：{action.title}"
    stops = (f"{action.key}_granted", f"{action.key}_refused")
    clock = ClockSpec(
        key=key,
        title=title,
        thread=key,
        starts=(OPENED,),
        stops=stops,
        limits=(Limit(span=approve.within),),
        source=action.source,
        confidence=action.confidence,
    )
    return ThreadSpec(
        key=key,
        title=title,
        opened_by=action.key,
        start=ASKED,
        approves=action.key,
        states=(
            State(key=ASKED, title="待审批", holder=_granting(approve.who, centre_posts)),
            State(key=GRANTED, title="已同意", final=True),
            State(key=REFUSED, title="未同意", final=True),
        ),
        actions=(_answer(action, key, "grant", GRANTED), _answer(action, key, "refuse", REFUSED)),
        clocks=(clock,) if approve.within else (),
    )


def centre_posts(kinds: Iterable[UnitKind], posts: Iterable[PostSpec]) -> frozenset[str]:
    """The posts of centres: an approval asked of one of them goes to the receiving centre."""
    centres = {kind.key for kind in kinds if kind.centre}
    return frozenset(post.key for post in posts if centres & set(post.unit_kinds))


def moving(procedure: Procedure) -> set[str]:
    """The clocks whose end moves something on by itself, wherever in the procedure; that silence refuses is no such move."""
    acts = [*procedure.actions]
    for thread in procedure.threads:
        acts += [act for act in thread.actions if not (thread.approves and act.to.state == REFUSED)]
    return {key for act in acts if act.automatic for key in act.automatic.clock_red}


def _granting(who: tuple[str, ...], centre_posts: Set[str]) -> HolderSpec:
    """Who is asked: the first post named, at the receiving centre, or in the unit that holds the case."""
    post = next((name for name in who if name not in ("holder", "system", "resident")), "")
    return HolderSpec(post=post, at="centre") if post in centre_posts else HolderSpec(keep=True, post=post)


def _answer(action: Action, clock: str, verb: str, result: str) -> Action:
    """The act that grants or refuses; where silence means the same, the system does it when the time is over."""
    approve = action.approve
    silent = approve is not None and approve.within is not None and approve.silence == result
    who = approve.who if approve else ()
    return Action(
        key=f"{verb}_{action.key}",
        title=f"{'同意' if result == GRANTED else '不同意'}：{action.title}",
        from_=(ASKED,),
        to=To(state=result),
        who=(*who, "system") if silent else who,
        needs={"opinion": Need(type="text", title="审批意见", optional=True, max=500)},
        guards=(Guard(not_the_one_who=(f"{action.key}_asked",), say="提出申请的人不能自己审批"),),
        automatic=Automatic(clock_red=(clock,)) if silent else None,
        event=f"{action.key}_{result}",
        source=action.source,
        confidence=action.confidence,
        primary=result == GRANTED,
    )
