"""The five hard fragments of the pack language (docs/rules/packs.md), written as the objects that a loader makes of them."""

from __future__ import annotations

from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.rules.procedure.shape import (
    NEXT_ON_LADDER,
    STAY,
    Action,
    Approval,
    Automatic,
    Guard,
    HolderSpec,
    Need,
    Procedure,
    State,
    ThreadSpec,
    To,
)
from bihuan.rules.terms import Span, Where

FAILED = Where((("outcome", ("failed",)),))
REASONS = ("resident_must_supply", "appraisal_or_survey", "court_pending", "force_majeure")
CENTRE_POST = HolderSpec(post="dispatcher", at="centre")
OFFICE = HolderSpec(fact="office", post="officer")


def opening(state: str, *, needs: dict[str, Need] | None = None) -> Action:
    return Action(key="register", to=To(state=state), who=("clerk",), needs=needs or {}, event="registered")


def approval(action: str, *, who: tuple[str, ...], within: Span | None = None, silence: str = "refused") -> ThreadSpec:
    """What the loader makes of ``approve``: asked, then granted or refused, by somebody else than who asked."""
    key, not_the_asker = f"ask_{action}", Guard(not_the_one_who=(f"{action}_asked",), say="提出申请的人不能自己审批")
    silent = Automatic(clock_red=(key,)) if within else None

    def answer(verb: str, state: str) -> Action:
        by_silence = silent if silence == state else None
        return Action(
            key=f"{verb}_{action}",
            from_=("asked",),
            to=To(state=state),
            who=who + (("system",) if by_silence else ()),
            needs={"opinion": Need(type="text", optional=True, max=500)},
            guards=(not_the_asker,),
            automatic=by_silence,
            event=f"{action}_{state}",
        )

    clock = ClockSpec(
        key=key,
        thread=key,
        starts=("opened",),
        stops=(f"{action}_granted", f"{action}_refused"),
        limits=(Limit(span=within),),
    )
    return ThreadSpec(
        key=key,
        opened_by=action,
        start="asked",
        approves=action,
        states=(
            State(key="asked", holder=HolderSpec(post=who[0], at="centre")),
            State(key="granted", final=True),
            State(key="refused", final=True),
        ),
        actions=(answer("grant", "granted"), answer("refuse", "refused")),
        clocks=(clock,) if within else (),
    )


def ladder() -> Procedure:
    """santai: three colours, at least three attempts each, the third failure climbs by itself."""
    worked = ("blue", "yellow", "red")
    enough = Guard(count="attempt_made", where=FAILED, since="entered_state", min=3, say="至少调解三次后才能升级")
    third = Guard(count="attempt_made", where=FAILED, since="entered_state", equals=3)
    return Procedure(
        key="dispute",
        start_action="register",
        start_state="blue",
        ladder=worked,
        states=(
            State(key="blue", holder=HolderSpec(post="grid_worker", at="grid")),
            State(key="yellow", holder=HolderSpec(post="mediator", at="village")),
            State(key="red", holder=HolderSpec(post="team", at="township")),
            State(key="settled", final=True),
            State(key="ended", final=True),
        ),
        actions=(
            opening("blue"),
            Action(
                key="attempt",
                from_=worked,
                to=To(fact="outcome", by_value={"settled": "settled", "failed": STAY}),
                who=("holder",),
                needs={
                    "outcome": Need(type="choice", of=("settled", "failed")),
                    "place": Need(type="text", max=200),
                    "minutes": Need(type="int", min=1),
                },
                event="attempt_made",
            ),
            Action(
                key="climb",
                from_=("blue", "yellow"),
                to=To(state=NEXT_ON_LADDER),
                who=("holder", "system"),
                guards=(enough,),
                automatic=Automatic(count=third),
                event="climbed",
            ),
            Action(
                key="terminate",
                from_=("red",),
                to=To(state="ended"),
                who=("holder",),
                needs={"remedies": Need(type="choices", of=("arbitration", "administrative", "court"))},
                guards=(Guard(count="attempt_made", where=FAILED, since="entered_state", min=3),),
                event="terminated",
            ),
            Action(key="refuse", from_=worked, to=To(state="ended"), who=("holder",), event="refused_by_party"),
        ),
        clocks=(
            ClockSpec(
                key="mediate",
                starts=("registered",),
                stops=("terminated", "refused_by_party"),
                limits=(Limit(span=Span(30, "calendar_day")),),
            ),
        ),
    )


def whistle() -> Procedure:
    """Several offices are called at once; each answers in a thread of its own, and all must before the case goes on."""
    thread = ThreadSpec(
        key="whistle",
        opened_by="whistle",
        one_for_each="offices",
        start="called",
        states=(
            State(key="called", holder=HolderSpec(item="office", post="officer")),
            State(key="joined", holder=HolderSpec(keep=True)),
            State(key="reported", final=True, holder=HolderSpec(keep=True)),
        ),
        actions=(
            Action(key="respond", from_=("called",), to=To(state="joined"), who=("holder",), event="responded"),
            Action(
                key="report",
                from_=("joined",),
                to=To(state="reported"),
                who=("holder",),
                needs={"finding": Need(type="text", min=5)},
                event="reported",
            ),
            Action(
                key="rate",
                from_=("reported",),
                to=To(state=STAY),
                who=("dispatcher",),
                needs={"mark": Need(type="int", min=1, max=5)},
                guards=(Guard(count="office_rated", max_before=0, say="已经评价过了"),),
                event="office_rated",
            ),
        ),
        clocks=(
            ClockSpec(
                key="respond",
                thread="whistle",
                starts=("opened",),
                stops=("responded",),
                limits=(Limit(fact="respond_by"),),
            ),
        ),
    )
    return Procedure(
        key="matter",
        start_action="register",
        start_state="handling",
        states=(State(key="handling", holder=CENTRE_POST), State(key="done", final=True)),
        actions=(
            opening("handling"),
            Action(
                key="whistle",
                from_=("handling",),
                to=To(state=STAY),
                who=("holder",),
                needs={
                    "offices": Need(type="units", of=("office", "station"), min=1, max=8),
                    "respond_by": Need(type="instant", future=True),
                    "why": Need(type="text", min=5),
                },
                event="whistled",
            ),
            Action(
                key="answer_whistle",
                from_=("handling",),
                to=To(state=STAY),
                who=("holder",),
                guards=(Guard(threads="whistle", all_in=("reported",), say="还有部门未报到反馈"),),
                event="whistle_answered",
            ),
            Action(key="close", from_=("handling",), to=To(state="done"), who=("holder",), event="closed"),
        ),
        threads=(thread,),
    )


def handling(*, silence: str = "refused") -> Procedure:
    """Suspension with a lawful reason and an approval, and 13710's plan with a committed date."""
    once = Guard(
        count="suspended",
        where=Where((("reason", ("resident_must_supply",)),)),
        max_before=0,
        say="等群众补充材料只能暂停一次",
    )
    suspend = Action(
        key="suspend",
        from_=("handling",),
        to=To(state="waiting"),
        who=("holder",),
        needs={
            "reason": Need(type="choice", of=REASONS),
            "until": Need(type="date", latest=Span(30, "calendar_day")),
            "note": Need(type="text", min=5, public=True),
        },
        approve=Approval(who=("head",), within=Span(1, "working_day")),
        guards=(once,),
        event="suspended",
    )
    plan = Action(
        key="plan",
        from_=("handling",),
        to=To(state="planned"),
        who=("dispatcher", "holder"),
        guards=(Guard(clock="resolve", clock_is="not_stopped", say="办结时限已经停止"),),
        needs={
            "committed_on": Need(type="date", future=True, latest=Span(12, "month")),
            "plan": Need(type="text", min=20),
            "meeting": Need(type="date"),
        },
        approve=Approval(who=("head",)),
        event="plan_set",
    )
    working = ("handling", "planned")
    return Procedure(
        key="matter",
        start_action="register",
        start_state="to_assign",
        states=(
            State(key="to_assign", holder=CENTRE_POST),
            State(key="handling", holder=OFFICE),
            State(key="waiting", holder=OFFICE),
            State(key="planned", holder=OFFICE),
            State(key="done", final=True),
        ),
        actions=(
            opening("to_assign", needs={"weight": Need(type="choice", of=("ordinary", "major"), sets="weight")}),
            Action(
                key="assign",
                from_=("to_assign", *working),
                to=To(state="handling"),
                who=("dispatcher",),
                needs={"office": Need(type="unit", of=("office", "station"))},
                event="assigned",
            ),
            suspend,
            Action(
                key="resume",
                from_=("waiting",),
                to=To(state="handling"),
                who=("holder", "system"),
                automatic=Automatic(date_fact="until"),
                event="resumed",
            ),
            plan,
            Action(key="progress", from_=working, to=To(state=STAY), who=("holder",), event="progress_made"),
            Action(key="resolve", from_=working, to=To(state="done"), who=("holder",), event="resolved"),
        ),
        threads=(
            approval("suspend", who=("head",), within=Span(1, "working_day"), silence=silence),
            approval("plan", who=("head",)),
        ),
        clocks=(
            ClockSpec(
                key="resolve",
                starts=("assigned",),
                stops=("resolved", "plan_set", "closed"),
                pauses={"suspended": "resumed"},
                limits=(
                    Limit(where=Where((("weight", ("major",)),)), span=Span(1, "month"), key="major"),
                    Limit(span=Span(7, "working_day"), key="ordinary"),
                ),
            ),
            ClockSpec(
                key="committed",
                starts=("plan_set",),
                stops=("resolved", "closed"),
                limits=(Limit(fact="committed_on"),),
            ),
            ClockSpec(
                key="monthly",
                starts=("plan_set",),
                restarts=("progress_made",),
                stops=("resolved", "closed"),
                limits=(Limit(span=Span(1, "month")),),
            ),
        ),
    )


def petition() -> Procedure:
    """A decision with one extension, a review by the unit above within thirty days, else it lapses and is final."""
    decide_open = Guard(clock="decide", clock_is="not_red", say="已超过办理期限,不能延期")
    in_window = Guard(clock="review_window", clock_is="not_red", say="收到处理意见三十日内提出")
    days_30 = (Limit(span=Span(30, "calendar_day")),)
    return Procedure(
        key="petition",
        family="petition",
        start_action="register",
        start_state="accepted",
        states=(
            State(key="accepted", holder=HolderSpec(fact="office", post="officer")),
            State(key="decided", holder=HolderSpec(keep=True)),
            State(key="in_review", holder=HolderSpec(superior_of="decided")),
            State(key="reviewed", holder=HolderSpec(keep=True)),
            State(key="final", final=True),
        ),
        actions=(
            opening("accepted", needs={"office": Need(type="unit")}),
            Action(
                key="extend",
                from_=("accepted",),
                to=To(state=STAY),
                who=("holder",),
                guards=(Guard(count="extended", max_before=0, say="只能延长一次"), decide_open),
                needs={"days": Need(type="int", min=1, max=30), "reason": Need(type="text", min=5)},
                approve=Approval(who=("head",)),
                event="extended",
                source="信访工作条例 §34",
            ),
            Action(key="decide", from_=("accepted",), to=To(state="decided"), who=("holder",), event="decided"),
            Action(
                key="ask_review",
                from_=("decided",),
                to=To(state="in_review"),
                who=("resident", "petition_office"),
                guards=(in_window,),
                event="review_asked",
            ),
            Action(key="review", from_=("in_review",), to=To(state="reviewed"), who=("holder",), event="review_decided"),
            Action(
                key="lapse",
                from_=("decided", "reviewed"),
                to=To(state="final"),
                who=("system",),
                automatic=Automatic(clock_red=("review_window", "reexamination_window")),
                event="lapsed",
            ),
        ),
        threads=(approval("extend", who=("head",)),),
        clocks=(
            ClockSpec(
                key="decide",
                starts=("registered",),
                extends={"extended": "days"},
                stops=("decided", "objected"),
                limits=(Limit(span=Span(60, "calendar_day")),),
                source="信访工作条例 §34",
                confidence="A",
            ),
            ClockSpec(
                key="review_window",
                charges="nobody",
                starts=("decided",),
                stops=("review_asked", "lapsed"),
                limits=days_30,
            ),
            ClockSpec(key="review", starts=("review_asked",), stops=("review_decided",), limits=days_30),
            ClockSpec(
                key="reexamination_window",
                charges="nobody",
                starts=("review_decided",),
                stops=("lapsed",),
                limits=days_30,
            ),
        ),
    )
