"""Merging, taking it back, splitting and linking through the door: both cases or neither, and the earliest limit holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bihuan.access.actors import resident_actor
from bihuan.cases import selectors, services
from bihuan.cases.errors import Conflict, NotFound, Refused
from bihuan.cases.following import follow_lead, merged_into
from bihuan.cases.models import Case, Clock, Link
from bihuan.cases.rebuilding import differences, rebuild
from bihuan.cases.shapes import Command, Done
from bihuan.rules.events import MAIN
from tests.factories.matters import County, act, brought_to, category, opened, request_id

WHY = {"reason": "两位群众说的是同一盏路灯"}
ACCEPT = {"category": category(), "weight": "ordinary", "urgency": "normal"}


def due(case_id: int, key: str = "resolve") -> Any:
    """The stored limit of one clock."""
    return Clock.objects.get(case_id=case_id, thread=MAIN, key=key).due_at


def merge(county: County, case_id: int, lead: int, who: str = "dispatcher", **more: Any) -> Done:
    """Merge one case into another."""
    return act(county.actor(who), case_id, "merge", WHY, other=lead, **more)


def state(case_id: int) -> str:
    """Where the main thread stands."""
    return Case.objects.get(pk=case_id).threads.get(name=MAIN).state


def test_the_earlier_limit_of_a_merged_matter_holds(county: County, clock: Any) -> None:
    """Reported on Monday and again on Thursday: the case opened on Thursday leads, and is due as the one of Monday was."""
    early = opened(county.actor("clerk")).case_id
    promised = due(early)
    clock.advance(timedelta(days=3))
    lead = brought_to(county, "handling")
    own = due(lead)
    assert own > promised
    merge(county, early, lead)
    assert due(lead) == promised
    assert selectors.case_page(county.actor("officer"), lead).due_at == due(lead, "answer")
    act(county.actor("dispatcher"), early, "unmerge", {"reason": "一盏在村口，一盏在桥头"}, other=lead)
    assert due(lead) == own
    assert due(early) == promised
    assert state(early) == "registered"


def test_a_later_limit_changes_nothing(county: County, clock: Any) -> None:
    """The control: what comes later is due later, and the lead keeps its own limit."""
    lead = brought_to(county, "handling")
    own = due(lead)
    clock.advance(timedelta(days=3))
    late = opened(county.actor("clerk")).case_id
    merge(county, late, lead)
    assert due(lead) == own


def test_a_merged_ticket_s_limit_is_the_lead_s_too(county: County, clock: Any) -> None:
    """A hotline's ticket does not wait because we merged it or paused our own work: its limit stands on the lead."""
    ticket_due = clock() + timedelta(days=1, hours=3)
    ticket = {"external_number": "12345-2026-0099", "external_due": ticket_due.isoformat()}
    lead, hotline = brought_to(county, "handling"), opened(county.actor("clerk"), **ticket).case_id
    assert not Clock.objects.filter(case_id=lead, key="external", state="running").exists()
    merge(county, hotline, lead)
    assert due(lead, "external") == ticket_due
    pause = {
        "why": "court_pending",
        "until": (clock() + timedelta(days=20)).date().isoformat(),
        "note": "法院正在审理，判决后继续。",
    }
    act(county.actor("officer"), lead, "suspend", pause)
    act(county.actor("head"), lead, "grant_suspend", thread="ask_suspend")
    assert due(lead, "external") == ticket_due
    assert Case.objects.get(pk=lead).threads.get(name=MAIN).due_at == ticket_due
    act(county.actor("dispatcher"), hotline, "unmerge", {"reason": "不是同一件事"}, other=lead)
    assert due(lead, "external") is None
    assert due(hotline, "external") == ticket_due


def test_links_can_be_made_again_from_the_ledgers(county: County) -> None:
    """A row that is gone, one too many and one that does not say that the link has ended are found and put right."""
    lead = brought_to(county, "handling")
    one, two, apart = (opened(county.actor("clerk")).case_id for _ in range(3))
    merge(county, one, lead)
    merge(county, two, lead)
    act(county.actor("dispatcher"), two, "unmerge", {"reason": "不是同一盏路灯"}, other=lead)
    act(county.actor("dispatcher"), apart, "relate", {}, other=lead)
    assert differences()[0] == []
    kept = list(Link.objects.order_by("pk").values_list("case_id", "other_id", "kind", "at", "ended_at"))
    Link.objects.filter(case_id=one).delete()
    Link.objects.filter(case_id=two).update(ended_at=None)
    Link.objects.create(case_id=lead, other_id=two, kind="related", at=kept[0][3])
    found, _ = differences()
    assert sorted(each.case_id for each in found) == sorted([one, two, two, lead])
    rebuild([one, two, apart, lead])
    assert differences()[0] == []
    assert {row[:3] for row in Link.objects.values_list("case_id", "other_id", "kind")} == {row[:3] for row in kept}


def test_both_or_neither(county: County) -> None:
    """A lead that can take nothing in leaves the other as it was; a merge without a lead, or done half, is refused."""
    closed = brought_to(county, "archived")
    case_id = opened(county.actor("clerk")).case_id
    with pytest.raises(Refused) as refused:
        merge(county, case_id, closed)
    assert refused.value.field == "other"
    for action, other in (("merge", 0), ("absorb", 0), ("absorb", closed), ("release", closed), ("split_off", closed)):
        with pytest.raises(Refused):
            act(county.actor("dispatcher"), case_id, action, {}, other=other)
    with pytest.raises(Refused):
        merge(county, case_id, case_id)
    assert state(case_id) == "registered"
    assert not Link.objects.exists()


def test_whoever_looked_before_is_told(county: County) -> None:
    """Somebody acted on the lead since the dispatcher looked at it: nothing is merged, and he is told."""
    lead = opened(county.actor("clerk"))
    case_id = opened(county.actor("clerk")).case_id
    act(county.actor("dispatcher"), lead.case_id, "accept", ACCEPT)
    with pytest.raises(Conflict):
        merge(county, case_id, lead.case_id, seen_other=lead.version)
    assert state(case_id) == "registered"


def test_the_answer_goes_to_every_reporter(county: County) -> None:
    """The lead is answered: the merged case goes to its own follow-up, is rated by its own reporter and archived by it."""
    lead = brought_to(county, "handling")
    case_id = opened(county.actor("clerk")).case_id
    merge(county, case_id, lead)
    assert state(case_id) == "merged"
    for who, action, given in (
        ("officer", "draft_answer", {"claim": "solved", "answer": "路灯已经修好，欢迎监督。"}),
        ("leader", "sign_off", {}),
        ("checker", "pass", {}),
    ):
        assert follow_lead(lead) == 0
        act(county.actor(who), lead, action, given)
    assert (follow_lead(lead), follow_lead(lead)) == (1, 0)
    assert state(case_id) == "followup"
    done = act(resident_actor(case_id), case_id, "rate", {"solved": "no", "satisfied": "unsatisfied"})
    assert done.state == "handling"
    assert Case.objects.get(pk=case_id).threads.get(name=MAIN).holder_unit == county.units["housing"]
    assert state(lead) == "followup"


def test_a_lead_that_ends_without_an_answer_lets_the_others_go(county: County) -> None:
    """The lead's reporter withdraws: the other's matter goes on alone, under the limit it had."""
    lead = opened(county.actor("clerk")).case_id
    case_id = opened(county.actor("clerk")).case_id
    before = due(case_id)
    merge(county, case_id, lead)
    act(resident_actor(lead), lead, "withdraw")
    assert follow_lead(lead) == 1
    assert (state(case_id), due(case_id), merged_into(lead)) == ("registered", before, [])


def test_what_is_kept_from_an_office_is_not_merged_with_what_it_sees(county: County) -> None:
    """A matter about the housing office stays apart from one the office handles; out of sight is not there at all."""
    seen = opened(county.actor("clerk")).case_id
    kept = opened(county.actor("clerk"), about_unit=county.units["housing"]).case_id
    with pytest.raises(Refused):
        merge(county, kept, seen)
    with pytest.raises(Refused):
        act(county.actor("dispatcher"), kept, "relate", other=seen)
    with pytest.raises(NotFound):
        merge(county, opened(county.actor("east_clerk")).case_id, seen, "west_dispatcher")


def test_splitting_buys_no_time(county: County, clock: Any) -> None:
    """A part is split off three days later: its own number and code, the same reporter, due as the first report was."""
    dispatcher = county.actor("dispatcher")
    first = opened(county.actor("clerk")).case_id
    clock.advance(timedelta(days=3))
    part = {"title": "村口积水没人排", "what": "村口一下雨就积水，老人出不了门。"}
    request = request_id()
    split = services.split_off(actor=dispatcher, case_id=first, facts=part, request_id=request)
    again = services.split_off(actor=dispatcher, case_id=first, facts=part, request_id=request)
    assert (again.case_id, again.tracking_code, again.replayed) == (split.case_id, split.tracking_code, True)
    assert due(split.case_id) == due(first)
    assert due(split.case_id, "dispatch") > due(first, "dispatch")
    assert list(Link.objects.values_list("case_id", "other_id", "kind")) == [(split.case_id, first, "split")]
    act(dispatcher, first, "accept", ACCEPT)
    act(dispatcher, first, "assign", {"office": county.units["housing"], "basis": "按职责清单"})
    count = Case.objects.count()
    with pytest.raises(Refused):
        services.split_off(actor=dispatcher, case_id=first, facts=part, request_id=request_id())
    assert Case.objects.count() == count


def test_linking_and_unlinking(county: County) -> None:
    """Two matters are linked from either side, once; taken away it is gone, and cannot be taken away twice."""
    one, two = (opened(county.actor("clerk")).case_id for _ in range(2))
    dispatcher = county.actor("dispatcher")
    act(dispatcher, two, "relate", other=one)
    assert Link.objects.filter(case_id=one, other_id=two, kind="related", ended_at=None).count() == 1
    act(dispatcher, one, "unrelate", other=two)
    assert not Link.objects.filter(ended_at=None).exists()
    with pytest.raises(NotFound):
        act(dispatcher, one, "unrelate", other=two)


def test_accepted_and_assigned_in_one(county: County) -> None:
    """Two acts in one transaction: the second sees what the first left, and does not happen when the first does not."""
    fresh = opened(county.actor("clerk"))
    dispatcher = county.actor("dispatcher")

    def both(seen: int) -> list[Any]:
        given = {"office": county.units["housing"], "basis": "按职责清单"}
        return services.perform_many(
            [
                Command(
                    actor=dispatcher, case_id=fresh.case_id, action="accept", facts=ACCEPT, request_id=request_id(), seen=seen
                ),
                Command(
                    actor=dispatcher, case_id=fresh.case_id, action="assign", facts=given, request_id=request_id(), follows=True
                ),
            ]
        )

    assert [verdict.done is not None for verdict in both(fresh.version)] == [True, True]
    assert state(fresh.case_id) == "assigned"
    assert [type(verdict.error) for verdict in both(fresh.version)] == [Conflict, Refused]
