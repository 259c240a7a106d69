"""The pages of what a story played: everybody of its cast opens the case, the resident looks at the tracking page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.test import Client

from bihuan.access.actors import Actor
from bihuan.access.sessions import open_session
from bihuan.ledger import clock
from bihuan.packs.later import Story
from bihuan.play.pack_stories import Teller
from tests.factories.visits import faults_of, shown_words

KEY = re.compile(r"\b(?:state|action|need|choice|event|clock|limit|thread|track|step|list|indicator|mark|grade)\.[a-z_]+[.\w]*")
"""A key of the wording that found no words."""


def browser(actor: Actor) -> Client:
    """A browser in which somebody of the cast has signed in."""
    client = Client()
    client.cookies["language"] = "zh-hans"
    token = open_session(account=actor.account, post=actor.post_id, stage="in", factor_at=clock.now())
    client.cookies[settings.SESSION_COOKIE_NAME] = token
    return client


def page_faults(client: Client, address: str) -> Iterator[str]:
    """What is wrong with a page: not there, bad markup, a key where words should stand. A refusal (403, 404) is none."""
    yield from faults_in(address, client.get(address))


def faults_in(address: str, answer: Any) -> Iterator[str]:
    """The same of what was answered."""
    if answer.status_code in (403, 404):
        return
    text = answer.content.decode()
    if answer.status_code != 200:
        yield f"{address}: {answer.status_code}"
        return
    yield from (f"{address}: {fault}" for fault in faults_of(text))
    yield from (f"{address}: {key} has no words" for key in sorted(set(KEY.findall(shown_words(text)))))


def faults_on_pages(teller: Teller, story: Story, known: set[str]) -> list[str]:
    """The faults of every page on which the people of a story meet the case it played last.

    A form is opened once for each act, a desk once for each post: ``known`` remembers those of the pack so far.
    """
    found: list[str] = []
    opened = 0
    for name in story.cast:
        actor = teller.place.person(name, story.cast, teller.case_id)
        client, address = browser(actor), f"/desk/case/{teller.case_id}"
        answer = client.get(address)
        opened += answer.status_code == 200
        acts = sorted(set(re.findall(rf'href="({address}/act/[^"]+)"', answer.content.decode())))
        new = [one for one in acts if f"{story.procedure}/{one.rpartition('/')[2]}" not in known]
        known.update(f"{story.procedure}/{one.rpartition('/')[2]}" for one in acts)
        desks = () if actor.post in known else ("/desk/", "/desk/cases")
        known.add(actor.post)
        faults = [*faults_in(address, answer), *(fault for one in (*desks, *new) for fault in page_faults(client, one))]
        found += [f"{story.key}, {name}: {fault}" for fault in faults]
    return found if opened else [f"{story.key}: nobody of the cast sees the case"]


def faults_on_lists(teller: Teller, actor: Actor) -> list[str]:
    """The faults of the pack's lists, figures and registration forms, as somebody of the place opens them."""
    client, pack = browser(actor), teller.place.pack
    addresses = [f"/desk/lists/{view.key}" for view in pack.later.lists]
    addresses += [f"/desk/register?type={key}" for key in pack.procedures]
    return [fault for address in ("/desk/lists", "/desk/board", *addresses) for fault in page_faults(client, address)]
