"""An act that needs approval becomes a thread of its own: asked, then granted or refused, with its own clock."""

from __future__ import annotations

from collections.abc import Set

from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.rules.procedure.shape import Action, Automatic, Guard, HolderSpec, Need, State, ThreadSpec, To

ASKED, GRANTED, REFUSED = "asked", "granted", "refused"


def approval_thread(action: Action, centre_posts: Set[str]) -> ThreadSpec:
    """The thread that asking ``action`` opens. The act itself takes effect when the thread is granted.

    Event kinds are "<action>_asked", "<action>_granted", "<action>_refused". Silence past ``within`` grants or
    refuses by the system. Who asked may never decide, and nor may another for him: the guard is on both acts.
    """
    approve = action.approve
    if approve is None:
        raise ValueError(f"the action {action.key} needs no approval")
    key = f"ask_{action.key}"
    first = next((who for who in approve.who if who not in ("holder", "system", "resident")), "")
    holder = HolderSpec(post=first, at="centre") if first in centre_posts else HolderSpec(keep=True, post=first)
    asked = Guard(not_the_one_who=(f"{action.key}_asked",), say="提出申请的人不能自己审批")
    silent = Automatic(clock_red=(key,)) if approve.within else None
    grant = Action(
        key=f"grant_{action.key}",
        title=f"同意：{action.title}",
        from_=(ASKED,),
        to=To(state=GRANTED),
        who=approve.who + (("system",) if silent and approve.silence == "granted" else ()),
        needs={"opinion": Need(type="text", title="审批意见", optional=True, max=500)},
        guards=(asked,),
        automatic=silent if approve.silence == "granted" else None,
        event=f"{action.key}_granted",
        source=action.source,
        primary=True,
    )
    refuse = Action(
        key=f"refuse_{action.key}",
        title=f"不同意：{action.title}",
        from_=(ASKED,),
        to=To(state=REFUSED),
        who=approve.who + (("system",) if silent and approve.silence == "refused" else ()),
        needs={"opinion": Need(type="text", title="审批意见", optional=True, max=500)},
        guards=(asked,),
        automatic=silent if approve.silence == "refused" else None,
        event=f"{action.key}_refused",
        source=action.source,
    )
    clock = ClockSpec(
        key=key,
        title=f"审批：{action.title}",
        thread=key,
        starts=("opened",),
        stops=(f"{action.key}_granted", f"{action.key}_refused"),
        limits=(Limit(span=approve.within),),
    )
    return ThreadSpec(
        key=key,
        title=f"审批：{action.title}",
        opened_by=action.key,
        start=ASKED,
        approves=action.key,
        states=(
            State(key=ASKED, title="待审批", holder=holder),
            State(key=GRANTED, title="已同意", final=True),
            State(key=REFUSED, title="未同意", final=True),
        ),
        actions=(grant, refuse),
        clocks=(clock,) if approve.within else (),
    )
