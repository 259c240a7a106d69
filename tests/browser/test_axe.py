"""Every page of the product under the rules of axe (WCAG A and AA): at the desk and on a phone, in both languages, in the dark.

The pages are those of the permission matrix: whatever a row answers with HTML is opened by somebody whom it admits, with
everything on it unfolded. A new address is looked at by having its row. Each page is also measured at 360 pixels and at
twice its size: nothing may need scrolling to the side.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python  # type: ignore[import-untyped]
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.matrix.county import Person, World, found
from tests.matrix.rows import ROWS, Row
from tests.matrix.test_matrix import asked_of, guard_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.once]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async (only) => {
  const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
  return found.violations.flatMap((one) => one.nodes.slice(0, 3).map((node) => `${one.id}: ${node.html.slice(0, 160)}`));
}"""
ALL, CONTRAST = {"type": "tag", "values": RULES}, {"type": "rule", "values": ["color-contrast"]}
UNFOLD = """() => {
  for (const one of document.querySelectorAll("details:not(.menu)")) { one.removeAttribute("name"); one.open = true; }
  scrollTo(0, 0);
}"""
SEND = """([path, fields]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action: path });
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  for (const [name, value] of [...fields, ["csrfmiddlewaretoken", token]])
    form.append(Object.assign(document.createElement("input"), { name, value }));
  document.body.append(form);
  form.submit();
}"""
WIDE = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const out = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
  return wide > 0 ? `${wide}px too wide: ${out.slice(-2).map((one) => one.outerHTML.slice(0, 120)).join(" ")}` : "";
}"""
DESK, PHONE, TWICE = {"width": 1366, "height": 768}, {"width": 360, "height": 740}, {"width": 683, "height": 384}
SIZES = {"desk": DESK, "phone": PHONE}
LANGUAGES = {"zh": "zh-hans", "en": "en"}


class Looker:
    """Looks at the pages of the matrix in one language; keeps what is wrong with each.

    One browser whose visitor changes: what all pages share (styles, scripts, fonts) is fetched once.
    """

    def __init__(self, browser: Browser, base: str, language: str) -> None:
        self.base, self.language = base, language
        self.context = browser.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]
        self.page, self.visitor = self.context.new_page(), "?"
        self.wrong: list[str] = []
        self.looked: set[str] = set()

    def page_of(self, person: Person | None) -> Page:
        """The page, with that person's session and language and no other cookie."""
        name = person.name if person else ""
        if name != self.visitor:
            self.visitor = name
            self.context.clear_cookies()
            cookies = [{"name": "language", "value": LANGUAGES[self.language], "url": self.base}]
            if person:
                cookies.append({"name": settings.SESSION_COOKIE_NAME, "value": person.token, "url": self.base})
            self.context.add_cookies(cookies)  # type: ignore[arg-type]
        return self.page

    def look(self, row: Row, person: Person | None, asked: object) -> None:
        """Open what a row answers, unfold it, ask axe in both sizes and in the dark, and measure it."""
        page = self.page_of(person)
        where = f"{row.method} {row.path(asked)} as {person.name if person else 'nobody'}"
        answer = self._answer(page, row, asked)
        if answer is None:
            return
        if answer not in row.answers:
            self.wrong.append(f"{where}: {answer}, not {sorted(row.answers)}")
        self.looked.add(row.pattern)
        page.evaluate(UNFOLD)
        page.evaluate(AXE)
        for name, size in SIZES.items():
            page.set_viewport_size(size)  # type: ignore[arg-type]
            self.wrong += [f"{where}, {name}: {words}" for words in page.evaluate(RUN, ALL)]
            self._measure(page, where, size["width"])
        page.set_viewport_size(TWICE)  # type: ignore[arg-type]
        self._measure(page, where, TWICE["width"])
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        if self.language == "zh":
            page.emulate_media(color_scheme="dark")
            self.wrong += [f"{where}, dark: {words}" for words in page.evaluate(RUN, CONTRAST)]
            page.emulate_media(color_scheme="light")

    def _measure(self, page: Page, where: str, width: int) -> None:
        wide = page.evaluate(WIDE)
        if wide:
            self.wrong.append(f"{where} at {width}px: {wide}")

    def _answer(self, page: Page, row: Row, asked: object) -> int | None:
        """The status of what the row answers; None where it is no whole page of HTML."""
        path = self.base + row.path(asked)
        if row.method == "GET":
            answer = page.goto(path)
        else:
            fields = [[name, value] for name, value in row.form().items() if isinstance(value, str)]
            if len(fields) != len(row.form()):  # a file: its screen is reached by its own test
                return None
            page.goto(self.base + ("/desk/" if row.pattern.startswith("/desk") else "/report"))
            with page.expect_navigation() as sent:
                page.evaluate(SEND, [row.path(asked), fields])
            answer = sent.value
        if answer is None or answer.url != path or answer.request.redirected_from is not None:
            return None
        whole = page.evaluate("document.contentType") == "text/html" and "</html>" in answer.text()
        return int(answer.status) if whole else None

    def close(self) -> None:
        """Close the browser."""
        self.context.close()


def whom(row: Row, world: World) -> Iterator[tuple[Person | None, object]]:
    """Somebody whom the row admits with something that this person may see; nobody for what anyone may open."""
    guard = guard_of(row)
    if guard.who == "anyone":
        yield None, next(asked_of(row, world, None))[0]
        return
    for person in world.people.values():
        if guard.who == "signed_in" or guard.duties & person.actor.duties:
            asked = next((what for what, seen in asked_of(row, world, person) if seen), None)
            if asked is not None:
                yield person, asked
                return


def is_screen(row: Row) -> bool:
    """Rows that answer with a page: what takes a file away is none."""
    return not any(part in row.pattern for part in ("/export", "/download", "/file", "/template"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_any_page(browser: Browser, live_server: Any, transactional_db: None, language: str) -> None:
    world = found()
    looker = Looker(browser, live_server.url, language)
    try:
        for row in ROWS:
            if is_screen(row):
                for person, asked in whom(row, world):
                    looker.look(row, person, asked)
    finally:
        looker.close()
    assert {"/", "/desk/", "/desk/cases", "/desk/case/<int:case_id>", "/desk/calls/<int:case_id>"} <= looker.looked
    assert looker.wrong == [], "\n".join(looker.wrong)


def test_axe_finds_what_is_wrong(browser: Browser) -> None:
    """The control: a page with grey on grey, a field without a name and a picture without words is found out."""
    page = browser.new_page()
    page.set_content(
        '<html lang="zh"><title>x</title><p style="color:#bbb;background:#ccc">灰底灰字</p><input><img src="x"></html>'
    )
    page.evaluate(AXE)
    found_out = {words.partition(":")[0] for words in page.evaluate(RUN, ALL)}
    page.close()
    assert {"color-contrast", "label", "image-alt"} <= found_out
