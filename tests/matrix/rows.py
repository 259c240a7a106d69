"""The rows of the matrix: one for each address and method of the product. An address without one fails the test.

Whom a view admits is not repeated here: it is read from the views' own declarations (``web.guards``), the posts' duties
from the pack. A row says what the address asks for and what the product answers to somebody it admits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories.matters import request_id, shipped_pack
from tests.factories.organisation import EAST

Form = Callable[[], Mapping[str, Any]]
SCREEN, MADE, GONE_ON, WRONG_FORM, UNREADABLE, NOT_FOUND, NOT_ADMITTED, NOT_THIS_WAY = 200, 201, 302, 422, 400, 404, 403, 405
NEVER = "999999999"
"""The number of a case or record that does not exist."""


@dataclass(frozen=True)
class Row:
    """One address and method.

    ``asks``: what its path names: "case", "record", "code", "token" or nothing. ``answers``: the statuses for somebody whom the
    view admits and who may see what is asked for. ``form``: what is sent; forms that would change something are sent
    incomplete or for an act that is nobody's turn, so that the county stays as it is. ``again``: another form of an address
    that has a row already, asked by one holder of each post.
    """

    pattern: str
    method: str
    answers: frozenset[int]
    asks: str = ""
    form: Form = dict
    query: str = ""
    fill: Mapping[str, str] = field(default_factory=dict)
    again: bool = False

    def path(self, asked: object = "") -> str:
        """The address with what it asks for put in."""
        path = self.pattern
        for name, value in {**self.fill, **({self.placeholder: str(asked)} if self.asks else {})}.items():
            path = path.replace(name, value)
        return path + self.query

    @property
    def placeholder(self) -> str:
        """The part of the pattern that names what is asked for."""
        return {
            "case": "<int:case_id>",
            "record": "<int:record_id>",
            "code": "<str:code>",
            "token": "<str:token>",
            "account": "<int:account_id>",
        }[self.asks]


def an_act_of_nobody() -> Mapping[str, str]:
    """Signing an answer where none waits to be signed: goes through the door and is refused there."""
    return {"rules": f"{shipped_pack().digest}:matter", "request_id": request_id(), "seen": ""}


def an_unfinished_act() -> Mapping[str, str]:
    """Assigning without an office: the page comes back with what is missing."""
    return {**an_act_of_nobody(), "f-basis": "没有选单位"}


def an_act_on_several() -> Mapping[str, str]:
    """Acknowledging what is not there, as one of the lines of a list: the verdict says so."""
    return {"action": "acknowledge", "line": f"{NEVER}.main.1", "request_id": request_id()}


def a_call_too_early() -> Mapping[str, str]:
    """What a resident said in a follow-up call, for a matter that is not answered yet."""
    return {"request_id": request_id(), "f-words": "还没到回访"}


def an_unfinished_sorting() -> Mapping[str, str]:
    """Assigning without an office from the sorting desk."""
    return {**an_act_of_nobody(), "do": "assign", "f-basis": "没有选单位"}


def a_merge_with_nothing() -> Mapping[str, str]:
    """Merging into a matter that is not there."""
    return {"number": "没有这个编号", "reason": "说的是同一件事", "request_id": request_id(), "seen": ""}


def a_look() -> Mapping[str, str]:
    """Seeing the resident's phone, with a reason."""
    return {"field": "phone", "reason": "回访前核对电话"}


def a_look_without_reason() -> Mapping[str, str]:
    """Seeing the resident's name without saying why."""
    return {"field": "name", "reason": ""}


def a_table() -> Mapping[str, Any]:
    """A table of messages to be looked at; nothing is taken in."""
    rows = "主题,内容,时间\n路灯,村口路灯坏了两个星期没人修,2026-10-09 09:30\n"
    return {"file": SimpleUploadedFile("messages.csv", rows.encode()), "kind": "complaint"}


def _row(pattern: str, method: str, *answers: int, **more: Any) -> Row:
    return Row(pattern, method, frozenset(answers), **more)


_MERGE = {"<slug:action>": "merge"}
_SIGN = {"<str:thread>": "main", "<slug:action>": "sign_off"}
_LIST = {"<slug:key>": "handed_over"}
_NO_POST = {"<int:post_id>": NEVER}
_NO_FILE = {"<int:file_id>": "888888888"}
_NO_OWN_PAPER = {"<int:seq>": "888888888", "<slug:key>": "notice", "<slug:form>": "pdf"}
_NO_PAPER = {"<int:seq>": "888888888", "<slug:key>": "notice", "<form:form>": "pdf"}
_LETTER = {"<int:letter_id>": NEVER, "<int:circular_id>": NEVER, "<form:form>": "pdf"}
"""Letters and circulars that do not exist; who sees those that do is asked in the tests of their room."""
ROWS = (
    # What belongs to no face
    _row("/preferences/", "POST", GONE_ON, form=lambda: {"text": "large", "next": "/"}),
    _row("/healthz", "GET", SCREEN),
    _row("/readyz", "GET", SCREEN),
    _row("/metrics", "GET", NOT_FOUND),
    _row("/sign-in", "GET", SCREEN, GONE_ON),
    _row("/sign-in", "POST", WRONG_FORM),
    _row("/factor", "GET", GONE_ON),
    _row("/factor", "POST", GONE_ON),
    _row("/sign-out", "POST", GONE_ON),
    _row("/new-password", "GET", SCREEN),
    _row("/new-password", "POST", WRONG_FORM, form=lambda: {"identifier": "nobody"}),
    _row("/renew-password", "GET", GONE_ON),
    _row("/renew-password", "POST", GONE_ON),
    _row("/post", "GET", SCREEN),
    _row("/post", "POST", WRONG_FORM, form=lambda: {"post": NEVER}),
    _row("/areas", "GET", SCREEN, query="?area_q=青石"),
    _row("/offices", "GET", SCREEN, query="?office_q=住建"),
    # The public door
    _row("/", "GET", SCREEN),
    _row("/guide", "GET", SCREEN),
    _row("/services", "GET", SCREEN),
    _row("/report", "GET", SCREEN),
    _row("/report", "POST", WRONG_FORM),
    _row("/track", "GET", SCREEN),
    _row("/track", "POST", GONE_ON, form=lambda: {"code": "AAAA-AAAA"}),
    _row("/t/<str:code>", "GET", SCREEN, asks="code"),
    _row("/t/<str:code>/mine", "GET", SCREEN, asks="code"),
    _row("/t/<str:code>/mine", "POST", 409, WRONG_FORM, asks="code", form=lambda: {"do": "copy", "confirm": "13800000001"}),
    _row("/t/<str:code>/<slug:action>", "POST", 409, asks="code", fill={"<slug:action>": "sign_off"}),
    _row("/t/<str:code>/file/<int:file_id>", "GET", NOT_FOUND, asks="code", fill=_NO_FILE),
    _row("/t/<str:code>/file/<int:file_id>/thumb", "GET", NOT_FOUND, asks="code", fill=_NO_FILE),
    _row("/t/<str:code>/paper/<int:seq>/<slug:key>.<slug:form>", "GET", NOT_FOUND, asks="code", fill=_NO_OWN_PAPER),
    # The desk
    _row("/desk/", "GET", SCREEN),
    _row("/desk/triage", "GET", SCREEN),
    _row("/desk/triage", "GET", SCREEN, query=f"?case={NEVER}", again=True),
    _row("/desk/triage/<int:case_id>", "POST", WRONG_FORM, asks="case", form=an_unfinished_sorting),
    _row("/desk/triage/<int:case_id>", "POST", SCREEN, asks="case", form=lambda: {"again": "1"}, again=True),
    _row("/desk/case/<int:case_id>/pair/<slug:action>", "POST", WRONG_FORM, asks="case", fill=_MERGE, form=a_merge_with_nothing),
    _row(
        "/desk/case/<int:case_id>/pair/<slug:action>", "POST", WRONG_FORM, asks="case", fill={"<slug:action>": "absorb"},
        form=a_merge_with_nothing, again=True,
    ),
    _row("/desk/case/<int:case_id>/sort", "GET", SCREEN, GONE_ON, asks="case"),
    _row("/desk/case/<int:case_id>/split", "GET", SCREEN, asks="case"),
    _row("/desk/case/<int:case_id>/split", "POST", WRONG_FORM, asks="case"),
    _row("/desk/cases", "GET", SCREEN),
    _row("/desk/board", "GET", SCREEN),
    _row("/desk/monthly", "GET", SCREEN),
    _row("/desk/services", "GET", SCREEN),
    _row("/desk/lists", "GET", SCREEN),
    _row("/desk/lists/<slug:key>", "GET", SCREEN, fill=_LIST),
    _row("/desk/lists/<slug:key>/export", "POST", SCREEN, fill=_LIST, form=lambda: {"kind": "csv"}),
    _row("/desk/township", "GET", SCREEN),
    _row("/desk/township", "GET", SCREEN, query="?from=today", again=True),
    _row("/desk/register", "GET", SCREEN),
    _row("/desk/register", "POST", WRONG_FORM),
    _row("/desk/case/<int:case_id>", "GET", SCREEN, asks="case"),
    _row("/desk/cases/export", "POST", SCREEN, form=lambda: {"kind": "csv"}),
    _row("/desk/cases/export", "POST", SCREEN, form=lambda: {"kind": "xlsx"}, query="?light=over&area=own", again=True),
    _row("/desk/calls", "GET", SCREEN),
    _row("/desk/calls/next", "GET", GONE_ON),
    _row("/desk/calls/<int:case_id>", "GET", SCREEN, asks="case"),
    _row("/desk/calls/<int:case_id>", "POST", 409, asks="case", form=a_call_too_early),
    _row("/desk/calls/<int:case_id>/show", "POST", SCREEN, asks="case"),
    _row("/desk/together", "POST", SCREEN, form=an_act_on_several),
    _row("/desk/together", "POST", UNREADABLE, form=lambda: {**an_act_on_several(), "line": "x"}, again=True),
    _row("/desk/case/<int:case_id>/act/<str:thread>/<slug:action>", "GET", SCREEN, asks="case", fill=_SIGN),
    _row(
        "/desk/case/<int:case_id>/act/<str:thread>/<slug:action>", "POST", WRONG_FORM, asks="case", fill=_SIGN,
        form=an_act_of_nobody,
    ),
    _row(
        "/desk/case/<int:case_id>/act/<str:thread>/<slug:action>", "POST", WRONG_FORM, asks="case",
        fill={**_SIGN, "<slug:action>": "assign"}, form=an_unfinished_act, again=True,
    ),
    _row(
        "/desk/case/<int:case_id>/act/<str:thread>/<slug:action>", "POST", WRONG_FORM, asks="case",
        fill={**_SIGN, "<slug:action>": "not-an-act"}, form=an_act_of_nobody, again=True,
    ),
    _row("/desk/case/<int:case_id>/file/<int:file_id>", "GET", NOT_FOUND, asks="case", fill=_NO_FILE),
    _row("/desk/case/<int:case_id>/file/<int:file_id>/thumb", "GET", NOT_FOUND, asks="case", fill=_NO_FILE),
    _row("/desk/case/<int:case_id>/file/<int:file_id>/erase", "GET", NOT_FOUND, asks="case", fill=_NO_FILE),
    _row("/desk/case/<int:case_id>/file/<int:file_id>/erase", "POST", NOT_FOUND, asks="case", fill=_NO_FILE),
    _row("/desk/case/<int:case_id>/unmask", "POST", SCREEN, asks="case", form=a_look),
    _row("/desk/case/<int:case_id>/unmask", "POST", WRONG_FORM, asks="case", form=a_look_without_reason, again=True),
    _row("/desk/case/<int:case_id>/slip", "POST", SCREEN, asks="case"),
    _row("/desk/case/<int:case_id>/paper/<int:seq>/<slug:key>.<form:form>", "GET", NOT_FOUND, asks="case", fill=_NO_PAPER),
    _row(
        "/desk/case/<int:case_id>/paper/<int:seq>/<slug:key>.<form:form>/named", "POST", NOT_FOUND, asks="case", fill=_NO_PAPER,
        form=lambda: {"reason": "送达文书"},
    ),
    _row("/desk/records", "GET", SCREEN),
    _row("/desk/records/new", "GET", SCREEN),
    _row("/desk/records/new", "POST", WRONG_FORM),
    _row("/desk/records/<int:record_id>/raise", "GET", SCREEN, asks="record"),
    _row("/desk/records/<int:record_id>/raise", "POST", WRONG_FORM, asks="record"),
    _row("/desk/import", "GET", SCREEN),
    _row("/desk/import", "POST", SCREEN, form=a_table),
    _row("/desk/import/<str:token>", "POST", NOT_FOUND, asks="token"),
    # One's own page, leave
    _row("/desk/away", "GET", SCREEN),
    _row("/desk/away", "POST", WRONG_FORM, form=lambda: {"do": "leave", "first_day": "2026-10-12", "last_day": "never"}),
    _row("/desk/me", "GET", SCREEN),
    _row("/desk/me/password", "POST", WRONG_FORM, form=lambda: {"old": ""}),
    _row("/desk/me/devices", "POST", WRONG_FORM, form=lambda: {"session": NEVER}),
    _row("/desk/me/codes", "POST", WRONG_FORM, form=lambda: {"password": "not it"}),
    _row("/desk/me/preferences", "POST", WRONG_FORM, form=lambda: {"language": "xx"}),
    # The duty roster
    _row("/desk/roster", "GET", SCREEN),
    _row("/desk/roster", "POST", WRONG_FORM, NOT_FOUND, form=lambda: {"do": "add", "day": "never"}),
    _row("/desk/roster/import", "GET", SCREEN),
    _row("/desk/roster/import", "POST", WRONG_FORM),
    _row("/desk/roster/import/template", "GET", SCREEN),
    _row("/desk/roster/import/<str:token>", "POST", NOT_FOUND, asks="token"),
    _row("/desk/admin/people/import", "GET", SCREEN),
    _row("/desk/admin/people/import", "POST", WRONG_FORM),
    _row("/desk/admin/people/import/template", "GET", SCREEN),
    _row("/desk/admin/people/import/<str:token>", "POST", NOT_FOUND, asks="token"),
    # Staff and posts: an account that is there, one that is not, forms that change nothing
    _row("/desk/admin/people", "GET", SCREEN, query="?q=吴&state=all"),
    _row("/desk/admin/people/new", "GET", SCREEN),
    _row("/desk/admin/people/new", "POST", WRONG_FORM, form=lambda: {"name": "李一", "username": "1"}),
    _row("/desk/admin/people/<int:account_id>", "GET", SCREEN, asks="account"),
    _row("/desk/admin/people/<int:account_id>/names", "POST", WRONG_FORM, asks="account", form=lambda: {"name": ""}),
    _row("/desk/admin/people/<int:account_id>/password", "POST", NOT_FOUND, fill={"<int:account_id>": NEVER}),
    _row("/desk/admin/people/<int:account_id>/act", "POST", WRONG_FORM, asks="account", form=lambda: {"do": "nothing"}),
    _row("/desk/admin/people/<int:account_id>/sessions", "POST", NOT_FOUND, fill={"<int:account_id>": NEVER}),
    _row("/desk/admin/people/<int:account_id>/post", "GET", SCREEN, asks="account", query="?q=住建"),
    _row("/desk/admin/people/<int:account_id>/post", "POST", WRONG_FORM, asks="account"),
    _row("/desk/admin/people/<int:account_id>/post/<int:post_id>", "GET", NOT_FOUND, asks="account", fill=_NO_POST),
    _row("/desk/admin/people/<int:account_id>/post/<int:post_id>", "POST", NOT_FOUND, asks="account", fill=_NO_POST),
    _row("/desk/looks", "GET", SCREEN),
    _row("/desk/ledger", "GET", SCREEN),
    _row("/desk/duties", "GET", SCREEN),
    _row("/desk/supervision", "GET", SCREEN),
    _row("/desk/supervision/letter/<int:letter_id>", "GET", NOT_FOUND, fill=_LETTER),
    _row("/desk/supervision/letter/<int:letter_id>", "POST", NOT_FOUND, fill=_LETTER, form=lambda: {"act": "", "seen": "1"}),
    _row("/desk/supervision/letter/<int:letter_id>/paper.<form:form>", "GET", NOT_FOUND, fill=_LETTER),
    _row("/desk/supervision/circular/new", "GET", SCREEN),
    _row("/desk/supervision/circular/new", "POST", WRONG_FORM),
    _row("/desk/supervision/circular/<int:circular_id>", "GET", NOT_FOUND, fill=_LETTER),
    _row("/desk/supervision/circular/<int:circular_id>", "POST", NOT_FOUND, fill=_LETTER, form=lambda: {"act": "drop"}),
    _row("/desk/supervision/circular/<int:circular_id>/paper.<form:form>", "GET", NOT_FOUND, fill=_LETTER),
    _row("/desk/supervision/instruction/<int:case_id>/paper.<form:form>", "GET", NOT_FOUND, asks="case", fill=_LETTER),
    _row("/desk/notices", "GET", SCREEN),
    _row("/desk/notices", "POST", GONE_ON, form=lambda: {"up_to": "0"}),
    _row("/desk/notices/<int:notice_id>", "POST", NOT_FOUND, fill={"<int:notice_id>": NEVER}),
    # Rules and places
    _row("/desk/admin/pack", "GET", SCREEN),
    _row("/desk/admin/pack/change", "GET", SCREEN),
    _row("/desk/admin/pack/change", "POST", WRONG_FORM),
    _row("/desk/admin/pack/township", "GET", SCREEN),
    _row("/desk/admin/pack/township", "POST", NOT_FOUND, form=lambda: {"area": "999999999"}),
    _row("/desk/admin/pack/township", "POST", WRONG_FORM, form=lambda: {"area": EAST, "step": "end"}, again=True),
    _row("/desk/admin/pack/proposals/<int:number>", "GET", NOT_FOUND, fill={"<int:number>": NEVER}),
    _row("/desk/admin/pack/proposals/<int:number>", "POST", NOT_FOUND, fill={"<int:number>": NEVER}, form=lambda: {"step": "no"}),
    _row("/desk/admin/pack/migrate", "GET", SCREEN),
    _row("/desk/admin/pack/migrate", "POST", NOT_FOUND, form=lambda: {"to": "0123456789abcdef", "reason": "改时限"}),
    _row("/desk/admin/duty-list", "GET", SCREEN, query="?q=照明"),
    _row("/desk/admin/calendar", "GET", SCREEN),
    _row("/desk/admin/calendar/<int:number>", "GET", SCREEN, fill={"<int:number>": "2026"}),
    _row("/desk/admin/calendar/load", "GET", SCREEN),
    _row("/desk/admin/calendar/load", "POST", WRONG_FORM, form=lambda: {"year": "2027", "way": "typed"}),
    _row("/desk/admin/imports", "GET", SCREEN),
    _row("/desk/admin/imports/<int:number>", "GET", NOT_FOUND, fill={"<int:number>": NEVER}),
    _row("/desk/admin/imports/<int:number>", "POST", NOT_FOUND, fill={"<int:number>": NEVER}, form=lambda: {"reason": "导错了"}),
    _row("/desk/admin/areas", "GET", SCREEN),
    _row("/desk/admin/areas", "POST", WRONG_FORM, form=lambda: {"step": "rename", "name": ""}),
    _row("/desk/admin/redrawings/<int:number>", "GET", NOT_FOUND, fill={"<int:number>": NEVER}),
    _row("/desk/admin/units", "GET", SCREEN),
    _row("/desk/admin/units", "POST", WRONG_FORM),
    _row("/desk/admin/units/<int:number>", "GET", NOT_FOUND, fill={"<int:number>": NEVER}),
    _row("/desk/admin/units/<int:number>", "POST", NOT_FOUND, fill={"<int:number>": NEVER}),
    _row("/desk/admin/grids", "GET", SCREEN),
    _row("/desk/admin/grids", "POST", WRONG_FORM),
    _row("/desk/admin/grids/<str:token>", "POST", NOT_FOUND, asks="token"),
)  # fmt: skip
