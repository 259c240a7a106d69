"""How a matter may go: each story is a generator of acts, in the order in which people do them.

A story says who acts, how long after the act before, and with which facts. The stage (``stage.py``) finds the person,
the office hour and the case, and performs the act through the door.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any, Literal

from bihuan.play.phrases import Phrases
from bihuan.rules.calendar import Calendar

Unit = Literal["working_hours", "hours"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act to come: ``after`` hours (of the office, or of the day) past the last one, by a post or the resident.

    ``of``: the unit whose post it is, where that is neither the main office nor the centre. ``pictures``: photographs of
    the matter that go with it, "before" or "after" it was seen to.
    """

    who: str
    action: str
    after: float
    facts: dict[str, Any] = field(default_factory=dict)
    thread: str = "main"
    unit: Unit = "working_hours"
    of: int = 0
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """Another centre that a matter may go to, the office that it would assign there and why."""

    centre: int
    office: int
    basis: str


@dataclass(slots=True)
class Matter:
    """One case as the play knows it. ``office`` and ``others`` are unit ids; ``today`` is the day of the last act.

    ``centre``: the unit whose dispatcher, checker and caller act now; ``above`` and ``below``: where it may be handed.
    """

    category: str
    office: int
    others: tuple[int, ...]
    basis: str
    drawn: Random
    say: Phrases
    calendar: Calendar
    routes: tuple[str, ...]
    weight: str = "ordinary"
    urgency: str = "normal"
    today: date = date.min
    centre: int = 0
    above: Level | None = None
    below: Level | None = None

    def hours(self, least: float, most: float) -> float:
        """So many hours, drawn evenly; urgent matters go faster."""
        pace = {"critical": 0.08, "urgent": 0.3}.get(self.urgency, 1.0)
        return self.drawn.uniform(least, most) * pace

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.drawn.random() < share


Story = Iterator[Act]


def accept(m: Matter, least: float = 0.3, most: float = 3.5) -> Story:
    """The dispatcher accepts."""
    facts = {"category": m.category, "weight": m.weight, "urgency": m.urgency}
    yield Act(who="dispatcher", action="accept", after=m.hours(least, most), facts=facts)


def assign(m: Matter, least: float = 0.1, most: float = 1.5) -> Story:
    """The dispatcher assigns a main office from the duty list."""
    facts = {"office": m.office, "basis": m.basis}
    yield Act(who="dispatcher", action="assign", after=m.hours(least, most), facts=facts)


def acknowledge(m: Matter, least: float = 0.4, most: float = 5) -> Story:
    """The office's liaison acknowledges."""
    yield Act(who="liaison", action="acknowledge", after=m.hours(least, most))


def taken_on(m: Matter) -> Story:
    """Accepted, assigned, acknowledged in good time."""
    yield from accept(m)
    yield from assign(m)
    yield from acknowledge(m)


def progress(m: Matter, least: float = 2, most: float = 9) -> Story:
    """The officer notes progress that the resident may read."""
    note = m.say.by_family("progress", m.category)
    yield Act(who="officer", action="progress", after=m.hours(least, most), facts={"note": note})


def answer(m: Matter, least: float = 5, most: float = 22) -> Story:
    """The officer drafts, the leader signs; now and then a draft goes back once."""
    claim = m.drawn.choices(("solved", "explained", "partly"), (70, 22, 8))[0]
    text = m.say.by_family("solved", m.category) if claim == "solved" else m.say.generic(claim)
    draft = {"claim": claim, "answer": text}
    yield Act(who="officer", action="draft_answer", after=m.hours(least, most), facts=draft)
    if m.chance(0.06):
        reason = {"reason": m.say.generic("hand_back")}
        yield Act(who="office_leader", action="hand_back_draft", after=m.hours(0.5, 4), facts=reason)
        yield Act(who="officer", action="draft_answer", after=m.hours(0.5, 4), facts=draft)
    yield Act(who="office_leader", action="sign_off", after=m.hours(0.3, 5))


def checked(m: Matter) -> Story:
    """The centre's checker passes."""
    yield Act(who="checker", action="pass", after=m.hours(0.5, 5))


def followed_up(m: Matter, *, solved: bool = True) -> Story:
    """The caller reaches the resident, sometimes at the second try; or the resident rates on the tracking page first."""
    if solved and m.chance(0.2):
        rating = {"solved": "yes", "satisfied": m.drawn.choices(("satisfied", "fair"), (8, 2))[0]}
        words = m.say.generic("thanks" if rating["satisfied"] == "satisfied" else "fair")
        yield Act(who="resident", action="rate", after=m.hours(1, 30), facts=with_words(rating, words), unit="hours")
        return
    if m.chance(0.12):
        yield Act(who="followup_caller", action="follow_up", after=m.hours(2, 10), facts={"outcome": "not_reached"})
    satisfied = m.drawn.choices(("satisfied", "fair", "unsatisfied"), (70, 25, 5))[0] if solved else "unsatisfied"
    facts = {"outcome": "reached", "solved": "yes" if solved else "no", "satisfied": satisfied}
    words = m.say.generic("reopen_words" if not solved else "thanks" if satisfied == "satisfied" else "fair")
    yield Act(who="followup_caller", action="follow_up", after=m.hours(3, 18), facts=with_words(facts, words))
    if solved and m.chance(0.12):
        rating = {"solved": "yes", "satisfied": satisfied}
        yield Act(who="resident", action="rate", after=m.hours(2, 60), facts=rating, unit="hours")


def with_words(facts: dict[str, Any], words: str) -> dict[str, Any]:
    """The facts with words, when there are any."""
    return facts | ({"words": words} if words else {})


def closed_again(m: Matter) -> Story:
    """Answered, checked, followed up with a good end."""
    yield from answer(m)
    yield from checked(m)
    yield from followed_up(m)


# -- stories ----------------------------------------------------------------------------------------------------------


def plain(m: Matter) -> Story:
    """All in good time."""
    yield from taken_on(m)
    if m.chance(0.65):
        yield from progress(m)
    yield from closed_again(m)


def brief(m: Matter) -> Story:
    """The shortest way to a good end, for the time before the played weeks."""
    yield from taken_on(m)
    draft = {"claim": "solved", "answer": m.say.by_family("solved", m.category)}
    yield Act(who="officer", action="draft_answer", after=m.hours(4, 20), facts=draft)
    yield Act(who="office_leader", action="sign_off", after=m.hours(0.3, 3))
    yield from checked(m)
    facts = {"outcome": "reached", "solved": "yes", "satisfied": "satisfied"}
    yield Act(who="followup_caller", action="follow_up", after=m.hours(2, 14), facts=facts)


def slow_centre(m: Matter) -> Story:
    """Accepted late: the limit for assigning passes."""
    yield from accept(m, 8, 15)
    yield from assign(m, 1, 4)
    yield from acknowledge(m)
    yield from closed_again(m)


def slow_office(m: Matter) -> Story:
    """The office takes longer than it may."""
    yield from taken_on(m)
    yield from answer(m, 48, 85)
    yield from checked(m)
    yield from followed_up(m)


def unacknowledged(m: Matter) -> Story:
    """Lies unacknowledged past its day, then goes on."""
    yield from accept(m)
    yield from assign(m)
    yield from acknowledge(m, 13, 26)
    yield from closed_again(m)


def waits_for_signature(m: Matter) -> Story:
    """Drafted early, signed late."""
    yield from taken_on(m)
    draft = {"claim": "solved", "answer": m.say.by_family("solved", m.category)}
    yield Act(who="officer", action="draft_answer", after=m.hours(3, 8), facts=draft)
    yield Act(who="office_leader", action="sign_off", after=m.hours(20, 40))
    yield from checked(m)
    yield from followed_up(m)


def waits_for_check(m: Matter) -> Story:
    """Signed early, checked late."""
    yield from taken_on(m)
    yield from answer(m, 3, 8)
    yield Act(who="checker", action="pass", after=m.hours(12, 30))
    yield from followed_up(m)


def waits_for_follow_up(m: Matter) -> Story:
    """Passed early, called late."""
    yield from taken_on(m)
    yield from answer(m, 3, 8)
    yield from checked(m)
    facts = {"outcome": "reached", "solved": "yes", "satisfied": "fair"}
    yield Act(who="followup_caller", action="follow_up", after=m.hours(34, 50), facts=facts)


def returned(m: Matter) -> Story:
    """The first office says that it is not its duty; the second handles it."""
    yield from accept(m)
    right = m.office
    if m.others:
        m.office = m.others[0]
    yield from assign(m)
    reason = {"reason": "not_our_duty", "basis": m.say.generic("return_basis")}
    yield Act(who="liaison", action="return_it", after=m.hours(0.5, 3), facts=reason)
    m.office = right
    yield from assign(m, 0.5, 3)
    yield from acknowledge(m)
    yield from progress(m)
    yield from closed_again(m)


def sent_back(m: Matter) -> Story:
    """The check finds that it is not done."""
    yield from taken_on(m)
    yield from answer(m, 4, 12)
    reason = m.drawn.choice(("fake_closure", "incomplete", "not_answered"))
    facts = {"reason": reason, "note": m.say.generic("sent_back")}
    yield Act(who="checker", action="send_back", after=m.hours(0.5, 4), facts=facts)
    yield from progress(m)
    yield from closed_again(m)


def reopened(m: Matter) -> Story:
    """The resident says on the telephone that it is not solved; it is handled once more."""
    yield from taken_on(m)
    yield from answer(m, 4, 12)
    yield from checked(m)
    yield from followed_up(m, solved=False)
    yield from progress(m)
    yield from closed_again(m)


def rated_unsolved(m: Matter) -> Story:
    """The resident says on the tracking page that it is not solved."""
    yield from taken_on(m)
    yield from answer(m, 4, 12)
    yield from checked(m)
    facts = {"solved": "no", "satisfied": "unsatisfied", "words": m.say.generic("reopen_words")}
    yield Act(who="resident", action="rate", after=m.hours(1, 20), facts=facts, unit="hours")
    yield from progress(m)
    yield from closed_again(m)


def never_solved(m: Matter) -> Story:
    """Handled three times without success; the head of the centre ends it and says why."""
    yield from taken_on(m)
    for _ in range(3):
        yield from answer(m, 3, 6)
        yield from checked(m)
        yield from followed_up(m, solved=False)
    reason = {"reason": m.say.generic("close_unsolved")}
    yield Act(who="centre_head", action="close_unsolved", after=m.hours(1, 5), facts=reason)


def planned(m: Matter) -> Story:
    """Cannot be solved in time: a plan with a date, approved by the head of the centre, progress each month."""
    yield from taken_on(m)
    yield from progress(m)
    day = m.calendar.working_day_after(m.today, m.drawn.randint(20, 45))
    facts = {"committed_on": day.isoformat(), "plan": m.say.generic("plan")}
    yield Act(who="officer", action="plan", after=m.hours(4, 20), facts=facts)
    yield Act(who="centre_head", action="grant_plan", after=m.hours(1, 8), thread="ask_plan")
    yield from progress(m, 40, 80)
    yield from answer(m, 30, 90)
    yield from checked(m)
    yield from followed_up(m)


def plan_refused(m: Matter) -> Story:
    """A plan too far off is refused; the office finishes in time after all."""
    yield from taken_on(m)
    day = m.calendar.working_day_after(m.today, 150)
    facts = {"committed_on": day.isoformat(), "plan": m.say.generic("plan")}
    yield Act(who="officer", action="plan", after=m.hours(3, 10), facts=facts)
    opinion = {"opinion": m.say.generic("refuse_plan")}
    yield Act(who="centre_head", action="refuse_plan", after=m.hours(1, 8), facts=opinion, thread="ask_plan")
    yield from closed_again(m)


def suspended(m: Matter) -> Story:
    """Waits for a survey with the centre's approval; the system resumes it when the date comes."""
    yield from taken_on(m)
    day = m.calendar.working_day_after(m.today, 5)
    facts = {"why": "appraisal_or_survey", "until": day.isoformat(), "note": m.say.generic("suspend_note")}
    yield Act(who="officer", action="suspend", after=m.hours(1, 5), facts=facts)
    yield Act(who="centre_head", action="grant_suspend", after=m.hours(0.3, 3), thread="ask_suspend")
    yield Act(who="officer", action="progress", after=50, facts={"note": m.say.by_family("progress", m.category)})
    yield from closed_again(m)


def asked(m: Matter) -> Story:
    """The officer asks, the resident answers on the tracking page."""
    yield from taken_on(m)
    question = {"question": m.say.generic("question")}
    yield Act(who="officer", action="ask_resident", after=m.hours(1, 5), facts=question)
    reply = {"answer": m.say.generic("resident_answer")}
    yield Act(who="resident", action="answer_question", after=m.hours(2, 26), facts=reply, unit="hours")
    yield from progress(m)
    yield from closed_again(m)


def declined(m: Matter) -> Story:
    """Not the centre's to handle: the lawful other way is named."""
    facts = {"route": m.drawn.choice(m.routes), "reason": m.say.generic("decline")}
    yield Act(who="dispatcher", action="decline", after=m.hours(0.5, 5), facts=facts)


def reconsidered(m: Matter) -> Story:
    """Declined, asked once more by the resident, then taken on."""
    yield from declined(m)
    facts = {"reason": m.say.generic("reconsider")}
    yield Act(who="resident", action="reconsider", after=m.hours(5, 40), facts=facts, unit="hours")
    yield from plain(m)


def withdrawn(m: Matter) -> Story:
    """The resident withdraws it."""
    yield from taken_on(m)
    facts = {"reason": m.say.generic("withdraw")}
    yield Act(who="resident", action="withdraw", after=m.hours(2, 30), facts=facts, unit="hours")


def not_reached(m: Matter) -> Story:
    """Three calls at different hours, nobody answers."""
    yield from taken_on(m)
    yield from answer(m)
    yield from checked(m)
    for _ in range(3):
        yield Act(who="followup_caller", action="follow_up", after=m.hours(4, 11), facts={"outcome": "not_reached"})


def left_in_triage(_m: Matter) -> Story:
    """Nobody has looked at it yet."""
    yield from ()


def left_to_assign(m: Matter) -> Story:
    """Accepted, and no office chosen yet."""
    yield from accept(m)


def left_unacknowledged(m: Matter) -> Story:
    """Assigned, and the office has not looked."""
    yield from accept(m)
    yield from assign(m)


def left_in_handling(m: Matter) -> Story:
    """The office is at work on it and has told the resident so."""
    yield from taken_on(m)
    yield from progress(m)


def left_for_decision(m: Matter) -> Story:
    """The office asks for a plan with a date, and the head of the centre has not decided."""
    yield from accept(m, 0.2, 0.6)
    yield from assign(m, 0.1, 0.3)
    yield from acknowledge(m, 0.2, 0.6)
    day = m.calendar.working_day_after(m.today, 25)
    facts = {"committed_on": day.isoformat(), "plan": m.say.generic("plan")}
    yield Act(who="officer", action="plan", after=m.hours(0.3, 0.8), facts=facts)


def left_for_signature(m: Matter) -> Story:
    """Drafted, and the leader has not looked."""
    yield from taken_on(m)
    draft = {"claim": "solved", "answer": m.say.by_family("solved", m.category)}
    yield Act(who="officer", action="draft_answer", after=m.hours(3, 8), facts=draft)


def left_for_check(m: Matter) -> Story:
    """Signed, and the centre has not checked."""
    yield from taken_on(m)
    yield from answer(m, 3, 8)


def left_for_follow_up(m: Matter) -> Story:
    """Passed, and nobody has called."""
    yield from left_for_check(m)
    yield from checked(m)


Telling = Callable[[Matter], Story]
SHARES: tuple[tuple[Telling, int], ...] = (
    (plain, 58), (slow_office, 7), (slow_centre, 3), (unacknowledged, 3), (waits_for_signature, 2), (waits_for_check, 2),
    (waits_for_follow_up, 2), (returned, 4), (sent_back, 4), (reopened, 3), (rated_unsolved, 2), (never_solved, 1),
    (planned, 3), (plan_refused, 1), (suspended, 3), (asked, 4), (declined, 4), (reconsidered, 1), (withdrawn, 2),
    (not_reached, 2),
)  # fmt: skip
"""How often each story is told; the played weeks hold every one of them."""
AT_THE_END: tuple[tuple[int, Telling], ...] = (
    (1, left_in_triage), (1, left_to_assign), (1, left_unacknowledged), (2, left_in_triage), (2, left_to_assign),
    (2, left_unacknowledged), (3, suspended), (4, suspended), (4, suspended), (5, left_for_signature), (6, left_for_check),
    (6, slow_office), (6, slow_office), (7, slow_office), (7, slow_office), (8, unacknowledged), (8, left_for_follow_up),
    (8, slow_office), (12, slow_office), (14, planned), (16, never_solved),
)  # fmt: skip
"""Stories that the newest matters tell so that the last day shows every state: (working days before the end, story)."""


AT_THE_CENTRE: tuple[tuple[int, Telling], ...] = (
    *((2, left_for_decision),) * 3, *((1, left_in_triage),) * 6, *((3, left_for_check),) * 2,
    *((1, left_to_assign),) * 2, *((4, left_for_follow_up),) * 2, *((1, left_in_triage),) * 6, *((2, left_in_triage),) * 2,
    *((3, left_for_check),) * 2, *((4, left_for_follow_up),) * 3, *((1, left_to_assign),) * 2,
)  # fmt: skip
"""The same for matters that came to the county's centre: the desks there have a day's work on them."""
AT_THE_OFFICE: tuple[tuple[int, Telling], ...] = (
    (1, left_unacknowledged), (2, left_for_signature), (1, left_unacknowledged), (3, left_in_handling), (4, left_for_signature),
    (1, left_unacknowledged), *((2, left_in_handling),) * 3, *((4, left_in_handling),) * 4, *((6, left_in_handling),) * 4,
    *((8, left_in_handling),) * 2, (10, left_in_handling), (2, left_unacknowledged), (3, left_for_signature),
)  # fmt: skip
"""The same for matters of the office that the cast works in: an officer with many open matters, some of them late."""
EVERYWHERE: tuple[tuple[int, Telling], ...] = tuple(
    (age, telling) for age in (1, 2, 3, 4, 5, 6) for telling in (left_in_handling,) * 5 + (left_unacknowledged,) * (age == 1) * 4
)
"""The same for all offices and townships."""


def deck(drawn: Random, size: int, more: Sequence[tuple[Telling, int]] = ()) -> list[Telling]:
    """So many stories by their shares, shuffled hand by hand, so that every hundred matters or so tell all of them.

    ``more``: stories beside those of this module, with their shares.
    """
    hand = [telling for telling, times in (*SHARES, *more) for _ in range(times)]
    cards: list[Telling] = []
    while len(cards) < size:
        shuffled = hand[:]
        drawn.shuffle(shuffled)
        cards += shuffled
    return cards[:size]
