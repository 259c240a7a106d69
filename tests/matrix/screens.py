"""The product's screens as a visitor finds them: each row of the matrix that answers with a page, and its forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.matrix.county import MATTERS, Person, World
from tests.matrix.rows import ROWS, SCREEN, Row
from tests.matrix.test_matrix import guard_of

MATTER = "in the east, with housing"


def screens(world: World) -> Iterator[tuple[Row, Person | None, object]]:
    """Each screen once, asked by somebody whom it admits on something that they see."""
    asked = {
        "case": world.cases[MATTER], "record": world.records["record of the east"], "code": world.codes[MATTER],
        "account": world.people["officer@housing"].actor.account, "token": "x" * 32,
    }  # fmt: skip
    for row in ROWS:
        guard = guard_of(row)
        if row.method != "GET" or SCREEN not in row.answers:
            continue
        people = [one for one in world.people.values() if guard.admits(one.actor)]
        seeing = [one for one in people if row.asks != "case" or one.sees(MATTERS[MATTER])]
        person = None if guard.who == "anyone" else max(seeing, key=lambda one: len(one.actor.duties))
        yield row, person, asked.get(row.asks, "")


@dataclass
class FoundForm:
    """A form of a page: where it is sent, how, and its fields with a value that a person could choose."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


class Forms(HTMLParser):
    """Reads the forms of a page; ``found`` afterwards."""

    def __init__(self, text: str, here: str) -> None:
        super().__init__(convert_charrefs=True)
        self.here, self.found = here, list[FoundForm]()
        self._select = self._area = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(FoundForm(at.get("action") or self.here, at.get("method", "get").lower()))
        elif tag == "button" and at.get("formaction") and self.found:
            self.found[-1].action = at["formaction"]
        if not self.found or not (at.get("name") or tag == "option"):
            return
        fields, name, value = self.found[-1].fields, at.get("name", ""), at.get("value", "")
        if tag == "input" and at.get("type") == "file":
            self.found[-1].files.append(name)
        elif tag in ("input", "button"):
            fields[name] = fields.get(name) or value
        elif tag == "select":
            self._select, fields[name] = name, fields.get(name, "")
        elif tag == "textarea":
            self._area, fields[name] = name, ""
        elif tag == "option" and self._select:
            fields[self._select] = fields[self._select] or value

    def handle_data(self, data: str) -> None:
        if self._area and self.found:
            self.found[-1].fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""
