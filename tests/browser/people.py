"""Somebody at a screen in a real browser: every page is measured on arrival, every complaint of the browser kept."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, Page, expect

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 360, "height": 740}
MEASURE = (Path(__file__).parent / "measure.js").read_text("utf-8").partition("\n")[2]


class Person:
    """Somebody at a screen: goes to pages, and every page is measured on arrival."""

    def __init__(self, browser: Browser, base: str, viewport: dict[str, int], cookie: str = "") -> None:
        self.context = browser.new_context(viewport=viewport, locale="zh-CN")
        self.base = base
        self.complaints: list[str] = []
        if cookie:
            self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": base}])
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path: str) -> Page:
        """Open a page and measure it."""
        self.page.goto(self.base + path)
        return self.look()

    def look(self) -> Page:
        """Measure the page as it stands."""
        assert self.page.evaluate(MEASURE) == [], self.page.url
        return self.page

    def press(self, name: str) -> Page:
        """Press a button that leads to another page, and measure that."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()
        return self.look()

    def picture(self, name: str) -> None:
        """Keep a picture of the page for the guide, where the environment names a folder (BIHUAN_PICTURES)."""
        folder = os.environ.get("BIHUAN_PICTURES")
        if folder:
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))


def leave(people: Sequence[Person]) -> None:
    """Close their screens; no browser complained of anything."""
    complaints = [words for one in people for words in one.complaints]
    for one in people:
        one.context.close()
    assert complaints == []


def act(one: Person, case: str, name: str, fill: Callable[[Any], None] = lambda form: None) -> None:
    """Do an act on the case page: where it asks something, open its form, fill it in, confirm it."""
    one.go(case)
    at_once = one.page.locator("form.at-once").get_by_role("button", name=name, exact=True)
    if at_once.count():  # nothing is asked: the button itself acts
        button = at_once
    else:
        one.page.locator("summary.btn", has_text=re.compile(f"^{name}$")).click()
        one.look()
        form = one.page.locator("details[open] form.act-form")
        fill(form)
        button = form.get_by_role("button", name=re.compile("^(确认|提交)"))
    with one.page.expect_navigation():
        button.click()
    one.look()
    expect(one.page.locator(".say.ok")).to_contain_text("已完成")


def act_open(one: Person, fill: Callable[[Any], None]) -> None:
    """Fill in and confirm the act that the list has already opened."""
    form = one.page.locator("details[open] form.act-form")
    fill(form)
    with one.page.expect_navigation():
        form.get_by_role("button", name=re.compile("^确认")).click()
    one.look()
