"""A small browser for the check: cookies, redirects, and forms as they stand on the page. Standard library only."""

from __future__ import annotations

import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from http.cookiejar import CookieJar

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

TIMEOUT = 20
TOTP_STEP = 30
VOID_TEXT = frozenset({"script", "style", "template", "title"})


class NotThereError(Exception):
    """The page has no such form, field or choice: what a person would look for in vain."""


@dataclass(slots=True)
class Form:
    """One form as it stands on a page: where it goes, what it would send now, and the choices of each field."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)

    def choose(self, name: str, words: str) -> str:
        """The value of the choice whose words contain ``words``. Raises NotThereError."""
        for value, said in self.choices.get(name, {}).items():
            if words in said and value:
                return value
        raise NotThereError(f"{self.action}: {name} has no choice “{words}”")


@dataclass(frozen=True, slots=True)
class Page:
    """What came back: status, final address, the page as sent, its words without markup, its forms, what it complains of."""

    status: int
    url: str
    raw: str
    text: str
    forms: tuple[Form, ...]
    alerts: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Status, address and complaints: what to say of a page that is not as it should be."""
        return " ".join((str(self.status), self.url, *self.alerts))

    def form(self, action: str) -> Form:
        """The form whose address ends so. Raises NotThereError."""
        for form in self.forms:
            if urllib.parse.urlsplit(form.action).path.endswith(action):
                return form
        raise NotThereError(f"{self.url}: no form that leads to {action}")

    def offers(self, action: str) -> bool:
        """True when the page has a form whose address ends so."""
        return any(urllib.parse.urlsplit(form.action).path.endswith(action) for form in self.forms)


class _Reader(HTMLParser):
    """Collects forms with their fields, and the words of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._silent = 0
        self._text: str = ""
        self._select: str = ""
        self._option: str | None = None
        self._choice: tuple[str, str] | None = None
        self.alerts: list[str] = []
        self._alert = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what begins here."""
        given = {name: value or "" for name, value in attrs}
        if "wrong" in given.get("class", "").split() or given.get("role") == "alert":
            self._alert = tag
        if tag in VOID_TEXT:
            self._silent += 1
        elif tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, given, self._form)

    def _field(self, tag: str, given: dict[str, str], form: Form) -> None:
        name = given.get("name", "")
        if tag == "input" and name:
            kind, value = given.get("type", "text"), given.get("value", "")
            if kind in ("radio", "checkbox"):
                self._choice = (name, value or "on")
                form.choices.setdefault(name, {}).setdefault(value or "on", "")
                if "checked" in given:
                    form.values[name] = value or "on"
            elif kind not in ("submit", "button", "file"):
                form.values.setdefault(name, value)
        elif tag == "textarea" and name:
            self._text = name
            form.values[name] = ""
        elif tag == "select" and name:
            self._select = name
            form.choices.setdefault(name, {})
            form.values.setdefault(name, "")
        elif tag == "option" and self._select:
            self._option = given.get("value", "")
            form.choices[self._select].setdefault(self._option, "")
            if "selected" in given:
                form.values[self._select] = self._option

    def handle_endtag(self, tag: str) -> None:
        """Note what ends here."""
        if tag == self._alert:
            self._alert = ""
        if tag in VOID_TEXT:
            self._silent = max(0, self._silent - 1)
        elif tag == "form":
            self._form = None
        elif tag == "textarea":
            self._text = ""
        elif tag == "select":
            self._select = ""
        elif tag == "option":
            self._option = None
        elif tag == "label":
            self._choice = None

    def handle_data(self, data: str) -> None:
        """Words: of a field, of a choice, of the page."""
        if self._silent:
            return
        form = self._form
        if form is not None and self._text:
            form.values[self._text] += data.removeprefix("\n")
        elif form is not None and self._option is not None:
            form.choices[self._select][self._option] += data.strip()
        else:
            if form is not None and self._choice is not None:
                form.choices[self._choice[0]][self._choice[1]] += data.strip()
            if data.strip():
                self.words.append(data.strip())
                self.alerts += [data.strip()] if self._alert else []


class Browser:
    """One person's browser."""

    def __init__(self, base: str) -> None:
        """Begin without cookies at an address such as http://127.0.0.1:8000."""
        self.base = base
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> Page:
        """Fetch a page."""
        return self._ask(urllib.request.Request(urllib.parse.urljoin(self.base, path)))  # noqa: S310 - our own server

    def submit(self, page: Page, form: Form, **values: str) -> Page:
        """Send a form of a page with these fields changed; values of None are left out."""
        body = urllib.parse.urlencode({**form.values, **values}).encode()
        url = urllib.parse.urljoin(page.url, form.action)
        headers = {"Origin": self.base, "Referer": page.url, "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask(urllib.request.Request(url, data=body, headers=headers))  # noqa: S310 - our own server

    def _ask(self, request: urllib.request.Request) -> Page:
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                status, url, content = answer.status, answer.geturl(), answer.read()
        except urllib.error.HTTPError as error:
            status, url, content = error.code, request.full_url, error.read()
        raw, reader = content.decode("utf-8", "replace"), _Reader()
        reader.feed(raw)
        return Page(status, url, raw, "\n".join(reader.words), tuple(reader.forms), tuple(reader.alerts))


def totp(secret: str, *, later: int = 0) -> str:
    """The six digits that an authenticator app shows now for a secret, or ``later`` steps from now."""
    step = int(datetime.now(UTC).timestamp()) // TOTP_STEP  # noqa: TID251 - as the app on a phone does
    return str(format_hotp_value(hotp_value(secret, step + later)))


def wait_for_next_code() -> None:
    """Wait until an authenticator app shows the next code."""
    time.sleep(TOTP_STEP - datetime.now(UTC).timestamp() % TOTP_STEP + 0.1)  # noqa: TID251 - as the app on a phone does
