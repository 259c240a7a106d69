"""The follow-up desk: who is phoned now, who later, who never; the call itself, and the next one by itself."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from bihuan.access.actors import system_actor
from bihuan.access.models import Look
from bihuan.cases.models import Thread
from bihuan.cases.selectors import acts_due
from bihuan.cases.services import perform
from bihuan.cases.shapes import ContactIn
from bihuan.config.statements import counted
from bihuan.ledger import clock as product_clock
from bihuan.people.models import Post
from bihuan.people.services import PostRow, give_posts
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import act, brought_to
from tests.factories.organisation import County
from tests.factories.visits import faults_of, shown_words

PHONE = ContactIn(name="王小明", phone="13800138000")
NOT_REACHED = {"f-outcome": "not_reached"}
SOLVED = {"f-outcome": "reached", "f-solved": "yes", "f-satisfied": "satisfied", "f-words": "修好了，谢谢。"}


def page(client: Client, address: str) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def form_of(text: str) -> dict[str, str]:
    form = text[text.index('class="act-form call-form"') :]
    return dict(re.findall(r'name="(request_id|seen)" value="([^"]*)"', form))


def say(client: Client, case_id: int, given: dict[str, str]) -> Any:
    return client.post(f"/desk/calls/{case_id}", {**form_of(page(client, f"/desk/calls/{case_id}")), **given})


def part(text: str, head: str) -> str:
    """The part of the list under a head, "" where it is not there."""
    return next((one for one in text.split('<section class="calls-part">') if head in one.partition("</h2>")[0]), "")


def test_the_call_list_masks_and_counts(visit: Visit, county: County) -> None:
    ids = [brought_to(county, "passed", contact=PHONE) for _ in range(3)]
    brought_to(county, "signed", contact=PHONE)
    client = visit("caller")
    text = page(client, "/desk/calls")
    assert faults_of(text) == []
    assert "3 件待回访" in shown_words(text)
    assert "王小明" not in text
    assert "13800138000" not in text
    assert re.findall(r'href="/desk/calls/(\d+)"', part(text, "现在可以打")) == [str(one) for one in ids]
    with counted() as count:
        client.get("/desk/calls")
    assert len(count) <= 8, count


def test_the_call_shows_what_the_caller_needs_on_one_screen(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "passed", contact=PHONE)
    client = visit("caller")
    page(client, f"/desk/calls/{case_id}")
    with counted() as count:
        text = client.get(f"/desk/calls/{case_id}").content.decode()
    assert len(count) <= 8, count
    assert faults_of(text) == []
    words = shown_words(text)
    for told in (
        "您好，这里是县社会治理中心",
        "路灯坏了两周没人修",
        "已更换灯具",
        "问题解决了吗",
        "您不用再从头说一遍",
        "群众满意吗",
    ):
        assert told in words, told
    assert text.count('class="btn primary') == 1


def test_name_and_phone_are_shown_for_one_reason_and_written_down_once(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "passed", contact=PHONE)
    text = visit("caller").post(f"/desk/calls/{case_id}/show").content.decode()
    assert "王小明" in text
    assert 'href="tel:13800138000"' in text
    look = Look.objects.get()
    assert (look.case_id, look.reason) == (case_id, "name, phone: 回访电话")
    assert "回访电话" in shown_words(visit("protector").get("/desk/looks").content.decode())


def test_written_down_the_next_call_opens_by_itself(visit: Visit, county: County) -> None:
    first, second = (brought_to(county, "passed", contact=PHONE) for _ in range(2))
    client = visit("caller")
    answer = say(client, first, SOLVED)
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/calls/next?done=1&after={first}")
    text = client.get(answer["Location"], follow=True).content.decode()
    assert f'action="/desk/calls/{second}"' in text
    assert "这是下一个电话" in shown_words(text)
    assert Thread.objects.get(case_id=first, name="main").state in ("archived", "followup"), "the system archives at once or soon"
    last = client.get(say(client, second, SOLVED)["Location"], follow=True).content.decode()
    assert "没有等待回访的事项" in shown_words(last)


def test_who_was_not_reached_is_tried_at_another_time_of_day(visit: Visit, county: County, clock: Any) -> None:
    """Monday 10:00: not reached; the list says afternoon. At two it can be phoned again, with the earlier try beside it."""
    case_id = brought_to(county, "passed", contact=PHONE)
    client = visit("caller")
    say(client, case_id, NOT_REACHED)
    text = page(client, "/desk/calls")
    assert str(case_id) in part(text, "今天上午打过：下午再打")
    assert part(text, "现在可以打") == ""
    assert client.get("/desk/calls/next")["Location"] == "/desk/calls"
    clock.advance(timedelta(hours=4))
    client = visit("caller")
    assert str(case_id) in part(page(client, "/desk/calls"), "现在可以打")
    assert "上午" in shown_words(page(client, f"/desk/calls/{case_id}"))


def test_three_tries_in_three_halves_file_the_matter(visit: Visit, county: County, clock: Any) -> None:
    case_id = brought_to(county, "passed", contact=PHONE)
    for hours in (4, 20, 4):
        say(visit("caller"), case_id, NOT_REACHED)
        clock.advance(timedelta(hours=hours))
    for number, thread, action in acts_due(product_clock.now())[0]:
        perform(actor=system_actor(), case_id=number, thread=thread, action=action, request_id="")
    assert Thread.objects.get(case_id=case_id, name="main").state == "archived"
    assert f"/desk/calls/{case_id}" not in page(visit("caller"), "/desk/calls")


def test_an_anonymous_matter_says_that_nobody_can_be_phoned_and_what_happens(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "passed")
    client = visit("caller")
    row = part(page(client, "/desk/calls"), "没有留电话")
    assert f"/desk/calls/{case_id}" in row
    assert "单独统计" in row
    words = shown_words(page(client, f"/desk/calls/{case_id}"))
    assert "没有留电话，无法电话回访" in words
    assert "查询码" in words
    assert client.get("/desk/calls/next")["Location"] == "/desk/calls", "no call is begun for it"


def test_who_handled_it_does_not_phone(visit: Visit, county: County) -> None:
    """The same person passed it as checker: the list says it is for a colleague, the page has no form, the door refuses."""
    case_id = brought_to(county, "passed", contact=PHONE)
    give_posts([PostRow(username="checker", key="followup_caller", unit_key="centre")])
    post = Post.objects.get(account_id=county.accounts["checker"], key="followup_caller")
    county.posts["checker"] = post.pk
    client = visit("checker")
    row = part(page(client, "/desk/calls"), "由同事回访")
    assert str(case_id) in row
    assert "经办过本事项的人不能回访" in row
    text = page(client, f"/desk/calls/{case_id}")
    assert "call-form" not in text
    refused = client.post(f"/desk/calls/{case_id}", {**SOLVED, "request_id": "checker-calls-1", "seen": ""})
    assert refused.status_code == 422
    assert Thread.objects.get(case_id=case_id, name="main").state == "followup"


def test_what_is_missing_is_said_and_the_words_stay(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "passed", contact=PHONE)
    answer = say(visit("caller"), case_id, {"f-outcome": "reached", "f-words": "她说还没修好。"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "她说还没修好。" in text
    assert 'aria-invalid="true"' in text


def test_overtaken_by_a_colleague_the_words_are_kept(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "passed", contact=PHONE)
    client = visit("caller")
    form = form_of(page(client, f"/desk/calls/{case_id}"))
    act(county.actor("caller"), case_id, "follow_up", {"outcome": "not_reached"})
    answer = client.post(f"/desk/calls/{case_id}", {**form, **SOLVED})
    assert answer.status_code == 409
    assert "修好了，谢谢。" in answer.content.decode()


def test_not_solved_reopens_and_nobody_asks_again(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "passed", contact=PHONE)
    given = {"f-outcome": "reached", "f-solved": "no", "f-satisfied": "unsatisfied", "f-words": "灯又坏了。"}
    assert say(visit("caller"), case_id, given).status_code == 302
    assert Thread.objects.get(case_id=case_id, name="main").state == "handling"
    assert "灯又坏了。" in page(visit("officer"), f"/desk/case/{case_id}"), "the office reads what the resident said"


@pytest.mark.parametrize("who", ["dispatcher", "officer", "head", "clerk"])
def test_only_callers_have_the_desk(visit: Visit, county: County, who: str) -> None:
    assert visit(who).get("/desk/calls").status_code == 403
    assert "/desk/calls" not in visit(who).get("/desk/").content.decode()
