"""How several offices handle a matter together: co-offices, countersigning, extension, a pause for an answer, consultation."""

from __future__ import annotations

from datetime import datetime, time

from bihuan.play.stories import (
    Act,
    Matter,
    Story,
    Telling,
    accept,
    acknowledge,
    answer,
    checked,
    closed_again,
    progress,
    taken_on,
)

PART = "已按分工到现场处理完毕，问题点位已经复查，资料交主办单位。"
WHY = "请贵单位就职责范围内的部分到现场处理，并把结果告诉主办单位。"


def _other(m: Matter) -> int:
    """Another office than the main one; the main one itself where there is no other."""
    return next((unit for unit in m.others if unit != m.office), m.office)


def joint(m: Matter) -> Story:
    """A co-office is named with the assignment, reports its part, then the main office answers."""
    other = _other(m)
    if other == m.office:
        yield from taken_on(m)
        yield from closed_again(m)
        return
    yield from accept(m)
    yield Act(
        who="dispatcher",
        action="assign",
        after=m.hours(0.1, 1.5),
        facts={"office": m.office, "basis": m.basis, "co_offices": [other]},
    )
    yield from acknowledge(m)
    thread = f"joint:{other}"
    yield Act(who="liaison", action="join", after=m.hours(0.4, 3), thread=thread, of=other)
    yield from progress(m)
    yield Act(who="officer", action="report_part", after=m.hours(2, 8), thread=thread, of=other, facts={"finding": PART})
    yield from closed_again(m)


def joint_released(m: Matter) -> Story:
    """Called in later; the co-office's leader returns its part and the centre releases it."""
    yield from taken_on(m)
    other = _other(m)
    if other != m.office:
        by = m.calendar.working_day_after(m.today, 3).isoformat()
        facts = {"co_offices": [other], "joint_by": by, "why": WHY}
        thread = f"joint:{other}"
        yield Act(who="officer", action="call_joint", after=m.hours(1, 4), facts=facts)
        basis = {"basis": "该点位不在我单位管护范围，职责清单已注明由主办单位负责。"}
        yield Act(who="liaison", action="ask_return", after=m.hours(1, 3), thread=thread, of=other, facts=basis)
        yield Act(who="office_leader", action="return_part", after=m.hours(0.5, 2), thread=thread, of=other)
        reason = {"reason": "情况属实，由主办单位办理即可。"}
        yield Act(who="dispatcher", action="release_part", after=m.hours(1, 4), thread=thread, facts=reason)
    yield from closed_again(m)


def countersigned(m: Matter) -> Story:
    """The leader asks another office to countersign before signing off."""
    yield from taken_on(m)
    other = _other(m)
    text = {"claim": "solved", "answer": m.say.by_family("solved", m.category)}
    if other == m.office:
        yield from closed_again(m)
        return
    yield Act(who="officer", action="draft_answer", after=m.hours(4, 12), facts=text)
    asked = {"countersigners": [other], "point": "请核对涉及贵单位职责的表述。"}
    yield Act(who="office_leader", action="ask_countersign", after=m.hours(0.5, 2), facts=asked)
    yield Act(who="office_leader", action="agree", after=m.hours(1, 5), thread=f"countersign:{other}", of=other)
    yield Act(who="office_leader", action="sign_off", after=m.hours(0.3, 2))
    yield from checked(m)


def extended(m: Matter) -> Story:
    """Materials are late: three days more, asked in time and granted."""
    yield from taken_on(m)
    if m.urgency != "normal":
        yield from closed_again(m)
        return
    facts = {"days": 3, "reason": "所需配件三天后到货，到货当天安装，请您谅解。"}
    yield Act(who="officer", action="extend", after=m.hours(8, 20), facts=facts)
    yield Act(who="centre_head", action="grant_extend", after=m.hours(0.5, 4), thread="ask_extend")
    yield from answer(m)
    yield from checked(m)


def waits_for_the_resident(m: Matter) -> Story:
    """The officer asks, the limit stands still, and nobody has answered yet."""
    yield from taken_on(m)
    yield Act(who="officer", action="ask_resident", after=m.hours(0.5, 2), facts={"question": m.say.generic("question")})
    until = m.calendar.working_day_after(m.today, 5).isoformat()
    yield Act(who="officer", action="pause_for_answer", after=m.hours(0.2, 1), facts={"until": until})
    yield Act(who="centre_head", action="grant_pause_for_answer", after=m.hours(0.3, 2), thread="ask_pause_for_answer")


def answered_first(m: Matter) -> Story:
    """An answer within three days, signed by the leader, while the work goes on."""
    yield from taken_on(m)
    text = "已到现场查看，问题属实。计划本周内完成处理，完成后再向您答复。"
    yield Act(who="officer", action="answer_first", after=m.hours(3, 10), facts={"answer": text})
    yield Act(who="office_leader", action="grant_answer_first", after=m.hours(0.5, 3), thread="ask_answer_first")
    yield from closed_again(m)


def consulted(m: Matter) -> Story:
    """Offices meet, agree a date and a plan; progress is told each month."""
    yield from taken_on(m)
    other = _other(m)
    if other == m.office:
        yield from progress(m)
        return
    day = m.calendar.working_day_after(m.today, 2)
    meeting = datetime.combine(day, time(15)).isoformat()
    facts = {"invited": [other], "meeting_at": meeting, "place": "中心二楼会议室", "why": "商定治理办法、分工和完成日期"}
    yield Act(who="officer", action="consult", after=m.hours(1, 3), facts=facts)
    reply = {"attends": True, "view": "同意参加，建议先做现场勘查。"}
    yield Act(who="liaison", action="reply", after=m.hours(0.5, 3), thread=f"consultation:{other}", of=other, facts=reply)
    plan = {
        "attended": [m.office, other],
        "result": "由主办单位牵头，协办单位配合，分两步完成，先应急处理再彻底治理。",
        "committed_on": m.calendar.working_day_after(day, 25).isoformat(),
        "plan": m.say.generic("plan"),
    }
    yield Act(who="officer", action="conclude_plan", after=m.hours(14, 20), facts=plan)
    yield Act(who="centre_head", action="grant_conclude_plan", after=m.hours(1, 5), thread="ask_conclude_plan")
    yield from progress(m)


TOGETHER: tuple[tuple[Telling, int], ...] = (
    (joint, 3), (joint_released, 1), (countersigned, 1), (extended, 2), (answered_first, 3), (consulted, 1),
)  # fmt: skip
"""How often each is told, beside the stories of one office."""
TOGETHER_AT_THE_END: tuple[tuple[int, Telling], ...] = (
    (3, joint), (4, joint_released), (5, extended), (2, waits_for_the_resident), (3, waits_for_the_resident), (6, countersigned),
    (7, consulted), (8, consulted),
)  # fmt: skip
"""What the newest matters tell of it."""
