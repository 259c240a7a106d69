"""Requests that no browser of ours sends: headers, bodies and encodings. The answer is one of ours, alike on both databases."""

from __future__ import annotations

import pytest
from django.test import Client

from bihuan.cases.models import Case
from tests.factories.matters import found_matters
from tests.factories.organisation import EAST_A, County
from tests.factories.visits import faults_of, visitor

pytestmark = pytest.mark.django_db
MB = 1024 * 1024
ADDRESSES = ("/", "/track", "/report", "/sign-in", "/desk/", "/desk/register", "/desk/cases?q=路灯", "/areas?area_q=青石")
CHARSETS = (
    "zip", "hex", "rot13", "base64", "idna", "punycode", "utf-16", "utf-7", "undefined", "unicode_escape", "nonsense", "é" * 99,
)  # fmt: skip
HEADERS = {
    "HTTP_ACCEPT_LANGUAGE": (
        "zh;q=2",
        "x" * 9000,
        "*;q=\x00",
        ",,,;;;",
        "zh-\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ),
    "HTTP_IDEMPOTENCY_KEY": ("\x00", "x" * 9000, "a b", "../../x", "é"),
    "HTTP_REFERER": ("javascript:alert(1)", "http://[", "\x00", "http://testserver" + "/x" * 4000),
    "HTTP_ORIGIN": ("null", "http://[::1", "\x00"),
    "HTTP_COOKIE": ("bihuan=\x00; language=\x00", "bihuan=" + "x" * 9000, "=; ;;=", 'language="../../etc"; text=\x01'),
    "HTTP_HX_REQUEST": ("true", "\x00"),
    "HTTP_RANGE": ("bytes=0-1,-1,9999999999999999999-", "x"),
    "HTTP_X_FORWARDED_FOR": ("1.2.3.4, \x00", "x" * 9000, "::ffff:1.2.3.4%\x00"),
    "HTTP_IF_MODIFIED_SINCE": ("Thu, 99 Xxx 99999", "\x00"),
    "CONTENT_LENGTH": ("-1", "x", "99999999999999999999", "²"),
}


@pytest.fixture
def county(clock: object) -> County:
    return found_matters()


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bihuan.web.rates.limit", lambda *_args, **_more: None)


def ways(county: County) -> list[Client]:
    found = [visitor(county), visitor(county, "dispatcher")]
    for client in found:
        client.raise_request_exception = False
    return found


@pytest.mark.parametrize("name", HEADERS)
def test_headers(county: County, name: str) -> None:
    for client in ways(county):
        for value in HEADERS[name]:
            for address in ADDRESSES:
                assert client.get(address, **{name: value}).status_code < 500, (address, name, value[:40])
            assert client.post("/track", {"code": "AAAA-BBBB"}, **{name: value}).status_code < 500, (name, value[:40])


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_body_may_claim_any_encoding(county: County, charset: str) -> None:
    """What it claims is not believed: forms come in UTF-8."""
    parts = b'--x\r\nContent-Disposition: form-data; name="code"\r\n\r\nAAAA-BBBB\r\n--x--\r\n'
    for client in ways(county):
        for address in ("/track", "/report", "/desk/register", "/desk/records/new", "/sign-in"):
            for kind, body in (
                ("multipart/form-data; boundary=x", parts),
                ("application/x-www-form-urlencoded", b"code=AAAA-BBBB"),
            ):
                answer = client.generic("POST", address, body, content_type=f"{kind}; charset={charset}")
                assert answer.status_code < 500, (address, kind, charset)
        assert client.generic("GET", "/desk/cases?q=%E7%81%AF", content_type=f"text/plain; charset={charset}").status_code < 500


BODIES = {
    "no end": b'--x\r\nContent-Disposition: form-data; name="f-what"\r\n\r\nabc',
    "no name": b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n",
    "file without an end": b'--x\r\nContent-Disposition: form-data; name="f-files"; filename="a.jpg"\r\n\r\n\xff\xd8\xff',
    "a name with NUL": b'--x\r\nContent-Disposition: form-data; name="f-\x00"; filename="\x00.jpg"\r\n\r\nabc\r\n--x--\r\n',
    "base64 that is none": b'--x\r\nContent-Disposition: form-data; name="f-what"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n\xff!\r\n--x--\r\n",
    "a file in base64 that is none": b'--x\r\nContent-Disposition: form-data; name="f-files"; filename="a.jpg"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n\xff\xfe!!!\r\n--x--\r\n",
    "a strange coding": b'--x\r\nContent-Disposition: form-data; name="f-what"\r\n'
    b"Content-Transfer-Encoding: uuencode\r\n\r\na\r\n--x--\r\n",
    "thousands of headers": b"--x\r\n" + b"X: y\r\n" * 20_000 + b'Content-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
    "not UTF-8": b'--x\r\nContent-Disposition: form-data; name="f-what"\r\n\r\n\xff\xfe\xed\xa0\x80\r\n--x--\r\n',
    "many fields": b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(600)) + b"--x--\r\n",
    "many files": b"".join(
        b'--x\r\nContent-Disposition: form-data; name="f-files"; filename="a.jpg"\r\n\r\n1\r\n' for _ in range(150)
    ) + b"--x--\r\n",
    "nothing": b"",
    "no boundary in it": b"abc" * 1000,
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_bodies_that_are_no_forms(county: County, body: str) -> None:
    for client in ways(county):
        for address in (
            "/report",
            "/track",
            "/desk/register",
            "/desk/import",
            "/t/AAAA-BBBB/attach",
            "/desk/case/1/act/main/attach",
        ):
            for kind in ("multipart/form-data; boundary=x", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 300):
                answer = client.generic("POST", address, BODIES[body], content_type=kind)
                assert answer.status_code < 500, (address, kind, body)
    assert Case.objects.count() == 0


@pytest.mark.parametrize("kind", ["application/json", "text/xml", "application/octet-stream", "", "multipart/mixed; boundary=x"])
def test_other_kinds_of_bodies(county: County, kind: str) -> None:
    for client in ways(county):
        for body in (
            b'{"f-what": "\\ud800", "f-what": 1}',
            b"[" * 100_000,
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            b"\x00" * 999,
        ):
            for address in ("/report", "/desk/register", "/sign-in"):
                assert client.generic("POST", address, body, content_type=kind).status_code < 500


@pytest.mark.parametrize(("size", "status"), [(MB, 422), (3 * MB, 413)])
def test_a_field_of_a_megabyte_is_refused_in_words(county: County, size: int, status: int) -> None:
    """One megabyte: said beside the field, and what was typed is still there; more than a form may bring: said so."""
    form = {
        "request_id": "register-1", "f-what": "灯" * (size // 3), "f-kind": "complaint", "f-channel": "phone",
        "f-urgency": "normal", "area": EAST_A, "name": "王小明", "about": "no",
    }  # fmt: skip
    answer = visitor(county, "clerk").post("/desk/register", form)
    text = answer.content.decode()
    assert answer.status_code == status
    assert faults_of(text) == []
    assert ("王小明" in text) == (status == 422)
    assert Case.objects.count() == 0
