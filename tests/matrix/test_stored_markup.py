"""Markup kept in every registered field of words, then every screen in Chromium without the protection of headers.

What is kept is text wherever it is shown: nothing runs, no element comes to be. The fields are those of the register of
personal data that stand readable (words, names, masks): a new one is filled without a line here.
"""

from __future__ import annotations

import html
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import CharField, F, TextField, Value
from django.db.models.functions import Cast, Concat
from django.test import Client, override_settings
from playwright.sync_api import Route, sync_playwright

from bihuan.people.services.organisation import touch_organisation
from bihuan.safekeeping import personal
from tests.factories.matters import act
from tests.matrix.calling import called, caller
from tests.matrix.county import World
from tests.matrix.screens import MATTER, screens

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.once, pytest.mark.django_db]
MARKUP = "\"'><img src=x onerror=hit()>"
BASE = "http://bihuan.test"
READABLE = ("words", "clear", "masked")
NO_WORDS = ("ledger_", "access_session", "vault_", "axes_")
"""Tables that hold keys, digests and references; the ledger refuses to be changed."""
SHORTEST = 40
"""Columns with less room than this hold no sentence: keys, languages, numbers."""
NOT_WORDS = {"people_account.username", "people_account.staff_no", "people_account.email"}
"""What is checked to be a name of that kind before it is kept, and opens the account."""
LOOKED_FOR = """() => [...document.querySelectorAll("[onerror],[onload]"), ...document.querySelectorAll("a[href^='javascript:']")]
  .map((one) => one.outerHTML.slice(0, 120)).concat(Array(window.hits).fill("it ran"))"""


def readable_fields() -> list[tuple[Any, Any]]:
    """(model, column) of every registered column that people read."""
    models = {model._meta.db_table: model for model in apps.get_models()}
    found = []
    for one in personal.register().held:
        for named in one.fields if one.form in READABLE else ():
            table, _, column = named.partition(".")
            if table.startswith(NO_WORDS):
                continue
            field = models[table]._meta.get_field(column) if table in models else None
            if isinstance(field, CharField | TextField) and (field.max_length or 999) >= SHORTEST and named not in NOT_WORDS:
                found.append((models[table], field))
    return found


def fill_with_markup() -> list[str]:
    """Put the markup into every such column of every row; which columns had a row."""
    filled = []
    for model, field in readable_fields():
        text: Any = Concat(Value(MARKUP), Cast(F("pk"), TextField())) if field.unique else Value(MARKUP[: field.max_length])
        if model._default_manager.update(**{field.attname: text}):
            filled.append(f"{model._meta.db_table}.{field.column}")
    for name in ("places_area", "people_unit"):
        model = next(one for one in apps.get_models() if one._meta.db_table == name)
        model._default_manager.update(name=Value(MARKUP))
        filled.append(f"{name}.name")
    return filled


@pytest.fixture
def marked(world: World) -> list[str]:
    """A county in which every sentence and name is markup."""
    case = world.cases[MATTER]
    officer = world.people["officer@housing"].actor
    act(officer, case, "progress", {"note": "已到现场查看情况，正在联系厂家。"})
    filled = fill_with_markup()
    touch_organisation()
    return filled


class Reader:
    """A Chromium page that is given what the product answered, with its scripts and styles, and nothing from elsewhere.

    It lives in a thread of its own: a running browser would give the test's thread another connection to the database.
    """

    def __init__(self, chromium: str) -> None:
        self.thread = ThreadPoolExecutor(1)
        self.text, self.bare = "", Client()
        self.thread.submit(self._start, chromium).result()

    def _start(self, chromium: str) -> None:
        self.play = sync_playwright().start()
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        self.browser = self.play.chromium.launch(executable_path=chromium, args=arguments)
        context = self.browser.new_context(bypass_csp=True, locale="zh-CN")
        context.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1 };")
        self.page = context.new_page()
        self.page.route("**/*", self._give)

    def _give(self, route: Route) -> None:
        address = route.request.url.removeprefix(BASE)
        if address == "/looked-at":
            route.fulfill(status=200, content_type="text/html; charset=utf-8", body=self.text)
        elif address.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
            answer = self.bare.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            route.fulfill(status=answer.status_code, content_type=answer.headers.get("Content-Type", ""), body=body)
        else:
            route.abort()

    def _look(self, text: str) -> list[str]:
        self.text = text
        self.page.goto(f"{BASE}/looked-at", wait_until="load")
        self.page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")
        found: list[str] = self.page.evaluate(LOOKED_FOR)
        return found

    def faults(self, text: str) -> list[str]:
        """What came to be, or ran, on this page."""
        return self.thread.submit(self._look, text).result()

    def close(self) -> None:
        """End the browser and its thread."""
        self.thread.submit(self.browser.close).result()
        self.thread.submit(self.play.stop).result()
        self.thread.shutdown()


@pytest.fixture
def reader(chromium: str) -> Iterator[Reader]:
    made = Reader(chromium)
    yield made
    made.close()


def test_every_registered_field_is_filled(marked: list[str]) -> None:
    """Most have rows in this county; those that have none are few and named."""
    every = {f"{model._meta.db_table}.{field.column}" for model, field in readable_fields()}
    assert (
        {"cases_words.text", "cases_case.title", "people_contact.name_masked", "people_account.name"}
        <= set(marked)
        <= every
        | {
            "places_area.name",
            "people_unit.name",
        }
    )


def test_nothing_that_is_kept_runs_on_any_screen(world: World, marked: list[str], reader: Reader) -> None:
    wrong, shown = [], 0
    for row, person, asked in screens(world):
        answer = called(caller(person), row, asked)
        if "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        text = answer.content.decode()
        shown += html.escape(MARKUP) in text
        wrong += [f"{row.path(asked)}: {fault}" for fault in reader.faults(text)]
    assert wrong == []
    assert shown > 15, "the control: what was kept is there to be read"


def test_a_page_that_does_not_escape_is_found(world: World, marked: list[str], reader: Reader) -> None:
    """The control: the same pages without the templates' escaping, and it runs."""
    loose = [{**one, "OPTIONS": {**one["OPTIONS"], "autoescape": False}} for one in settings.TEMPLATES]
    case = world.cases[MATTER]
    client = caller(world.people["dispatcher@centre"])
    with override_settings(TEMPLATES=loose):
        text = client.get(f"/desk/case/{case}").content.decode()
    assert "it ran" in reader.faults(text)
    assert reader.faults(client.get(f"/desk/case/{case}").content.decode()) == []
