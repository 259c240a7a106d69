"""Going to a page as somebody: a client with that person's session, and what a page must be like whoever looks at it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.conf import settings
from django.test import Client

from bihuan.access.sessions import open_session
from bihuan.ledger import clock
from tests.factories.organisation import County

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
NAMED = frozenset({"input", "select", "textarea"})


def visitor(county: County, username: str = "", *, language: str = "zh-hans") -> Client:
    """A browser in which somebody of the cast has signed in ("" = nobody)."""
    client = Client()
    client.cookies["language"] = language
    if username:
        token = open_session(account=county.accounts[username], post=county.posts[username], stage="in", factor_at=clock.now())
        client.cookies[settings.SESSION_COOKIE_NAME] = token
    return client


class Page(HTMLParser):
    """What is wrong with the markup of a page: unclosed elements, inline handlers and styles, fields without a label."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[tuple[str, dict[str, str]]] = []
        self.count: dict[str, int] = {}
        self.inside_label = 0
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self.open]
        self.faults += [f"id {name} twice" for name in set(self.ids) if self.ids.count(name) > 1]
        self.faults += [f"no label for {at}" for _tag, at in self.fields if at.get("id") not in self.labelled]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        self.count[tag] = self.count.get(tag, 0) + 1
        self.faults += [f"<{tag} {name}>" for name in at if name.startswith("on") or name == "style"]
        if tag == "script" and "src" not in at:
            self.faults.append("inline script")
        if tag == "a" and at.get("href", "x").startswith("javascript:"):
            self.faults.append("javascript: address")
        if at.get("id"):
            self.ids.append(at["id"])
        if tag == "label":
            self.labelled.add(at.get("for", ""))
            self.inside_label += 1
        if tag in NAMED and at.get("type") not in ("hidden", "submit") and not (self.inside_label or "aria-label" in at):
            self.fields.append((tag, at))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass  # <path/> inside a drawing

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.inside_label -= 1
        if tag in VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> where <{self.open[-1] if self.open else ''}> is open")
            if tag in self.open:
                while self.open.pop() != tag:
                    pass
            return
        self.open.pop()


CHINESE_ASIDE = re.compile(r"\b(English|xlsx|csv|htmx|QR|PDF|Word|Excel|docx|JPG|PNG|WebP|HEIC)\b")


def faults_of(text: str) -> list[str]:
    """What is wrong with a page as markup."""
    page = Page(text)
    for tag in ("html", "main", "h1", "title"):
        if page.count.get(tag) != 1:
            page.faults.append(f"{page.count.get(tag, 0)} <{tag}>")
    return page.faults


def shown_words(text: str) -> str:
    """The words of a page that a person sees or hears: without markup, scripts and hidden values."""
    body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", text)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))
