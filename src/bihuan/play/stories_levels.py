"""Between the levels and between offices: reported up, sent down, kept in a village, transferred, ruled on, avoided, ticketed."""

from __future__ import annotations

from datetime import datetime, time

from bihuan.play.stories import (
    Act,
    Matter,
    Story,
    Telling,
    accept,
    acknowledge,
    assign,
    closed_again,
    followed_up,
    plain,
    progress,
    taken_on,
)

UP = "需要县直部门的维修力量和资金，本级没有相应职责和队伍。"
DOWN = "赋权清单列明由乡镇（街道）办理，请就近核实处理并直接答复群众。"
MOVED = "现场查明不属原承办单位管护范围，转有关单位办理。"
RULED = "三定方案和职责清单明确由该单位负责，退回理由不成立。"
ABOUT = "群众补充说明，反映的正是承办单位的工作人员。"


def reported_up(m: Matter) -> Story:
    """A township accepts it, finds that an office of the county is needed, and reports it up; the county goes on."""
    if m.above is None:
        yield from plain(m)
        return
    yield from accept(m)
    facts = {"reason": "needs_upper_office", "basis": UP}
    yield Act(who="dispatcher", action="report_up_accepted", after=m.hours(0.5, 4), facts=facts)
    m.centre, m.office, m.basis = m.above.centre, m.above.office, m.above.basis
    yield from assign(m)
    yield from acknowledge(m)
    yield from progress(m)
    yield from closed_again(m)


def sent_down(m: Matter) -> Story:
    """The county sends it to the township, which gives it to its station and copies the leader in charge."""
    if m.below is None:
        yield from plain(m)
        return
    yield from accept(m)
    yield from _down(m)
    facts = {"office": m.office, "basis": m.basis, "copy_leader": True}
    yield Act(who="dispatcher", action="assign", after=m.hours(0.2, 2), facts=facts)
    yield from acknowledge(m)
    yield from progress(m)
    yield from closed_again(m)


def left_from_above(m: Matter) -> Story:
    """Sent down, and the township has not looked yet."""
    yield from accept(m)
    if m.below is not None:
        yield from _down(m)


def _down(m: Matter) -> Story:
    if m.below is None:
        return
    facts = {"township": m.below.centre, "ground": "empowered", "basis": DOWN}
    yield Act(who="dispatcher", action="send_down", after=m.hours(0.2, 2), facts=facts)
    m.centre, m.office, m.basis = m.below.centre, m.below.office, m.below.basis


def transferred(m: Matter) -> Story:
    """The first office has begun when the centre finds that another one answers for it."""
    right = m.office
    if not m.others:
        yield from plain(m)
        return
    m.office = m.others[0]
    yield from taken_on(m)
    m.office = right
    facts = {"office": right, "basis": MOVED}
    yield Act(who="dispatcher", action="transfer", after=m.hours(2, 6), facts=facts)
    yield from acknowledge(m)
    yield from closed_again(m)


def left_for_ruling(m: Matter) -> Story:
    """Returned twice; it lies with the deputy head."""
    yield from accept(m)
    right = m.office
    for office in (m.others[0] if m.others else right, right):
        m.office = office
        yield from assign(m, 0.1, 0.5)
        reason = {"reason": "not_our_duty", "basis": m.say.generic("return_basis")}
        yield Act(who="liaison", action="return_it", after=m.hours(0.2, 1), facts=reason)


def ruled(m: Matter) -> Story:
    """Returned twice; the deputy head rules, and there is no third return."""
    right = m.office
    yield from left_for_ruling(m)
    facts = {"office": right, "basis": RULED}
    yield Act(who="deputy_head", action="rule_as_deputy", after=m.hours(0.5, 4), facts=facts)
    m.office = right
    yield from acknowledge(m)
    yield from closed_again(m)


def about_later(m: Matter) -> Story:
    """While the office works on it, the resident says that it is about that very office: another one goes on."""
    yield from taken_on(m)
    if not m.others:
        return
    facts = {"about_unit": m.office, "reason": ABOUT}
    yield Act(who="dispatcher", action="say_about", after=m.hours(1, 4), facts=facts)
    m.office = m.others[0]
    yield from assign(m)
    yield from acknowledge(m)
    yield from progress(m)


def ticketed(m: Matter) -> Story:
    """A hotline's ticket comes after it, with a number and a limit of its own."""
    yield from accept(m)
    due = datetime.combine(m.calendar.working_day_after(m.today, 4), time(17)).isoformat()
    number = f"12345-{m.today:%Y%m%d}-{m.drawn.randint(1000, 9999)}"
    facts = {"external_number": number, "external_due": due}
    yield Act(who="dispatcher", action="note_external", after=m.hours(0.2, 1), facts=facts)
    yield from assign(m)
    yield from acknowledge(m)
    yield from progress(m)
    yield from closed_again(m)


# -- what village clerks register themselves ----------------------------------------------------------------------------


def kept(m: Matter) -> Story:
    """The village settles it; its head signs, the township checks and calls."""
    yield Act(who="village_clerk", action="keep", after=m.hours(0.3, 3), facts={"category": m.category}, of=m.office)
    if m.above is not None:
        m.centre = m.above.centre
    draft = {"claim": "solved", "answer": m.say.by_family("solved", m.category)}
    yield Act(who="village_clerk", action="draft_answer", after=m.hours(2, 10), facts=draft)
    yield Act(who="village_head", action="sign_off", after=m.hours(0.3, 3))
    yield Act(who="checker", action="pass", after=m.hours(0.5, 4))
    yield from followed_up(m)


def village_reports_up(m: Matter) -> Story:
    """The village cannot settle it: the township takes it on."""
    if m.above is None:
        return
    facts = {"reason": "beyond_powers", "basis": "村里没有维修条件，请镇里安排。"}
    yield Act(who="village_clerk", action="report_up", after=m.hours(0.5, 4), facts=facts, of=m.office)
    m.centre, m.office, m.basis = m.above.centre, m.above.office, m.above.basis
    yield from plain(m)


def left_reported_up(m: Matter) -> Story:
    """Reported up, and the township has not looked yet."""
    facts = {"reason": "needs_upper_office", "basis": "涉及镇里站所的职责，请镇里安排办理。"}
    yield Act(who="village_clerk", action="report_up", after=m.hours(0.3, 1), facts=facts, of=m.office)


def left_in_village(_m: Matter) -> Story:
    """The village has not decided yet."""
    yield from ()


BETWEEN: tuple[tuple[Telling, int], ...] = (
    (reported_up, 3), (sent_down, 3), (transferred, 2), (ruled, 1), (about_later, 1), (ticketed, 2),
)  # fmt: skip
"""How often each is told, beside the stories of one level."""
BETWEEN_AT_THE_END: tuple[tuple[int, Telling], ...] = (
    (1, left_for_ruling), (2, left_for_ruling), (1, left_from_above), (1, left_from_above), (2, left_from_above),
)  # fmt: skip
"""What the newest matters tell of it."""
IN_VILLAGES: tuple[Telling, ...] = (kept, kept, village_reports_up)
"""What becomes of the matters that village clerks register, one after the other."""
LAST_IN_VILLAGES: tuple[Telling, ...] = (left_in_village, left_reported_up)
"""What becomes of them on the last days."""
