"""The check's small browser reads forms as they stand."""

from __future__ import annotations

import pytest

from bihuan.play.browser import NotThereError, Page, _Reader, totp

HTML = """<!doctype html><title>x</title><script>var words = "no";</script><body>
<p role="alert">Wrong &amp; told</p>
<form method="post" action="/a/act/main/accept"><input type="hidden" name="seen" value="3">
<label><input type="radio" name="f-office" value="7"> 城管局<span>依据</span></label>
<label><input type="radio" name="f-office" value="8" checked> 住建局</label>
<select name="f-category"><option value="">-</option><option value="urban.lighting" selected>路灯照明</option></select>
<textarea name="f-note">
一行
</textarea><input type="submit" name="go" value="x"></form><form action="/b"></form></body>"""


@pytest.fixture
def page():
    reader = _Reader()
    reader.feed(HTML)
    return Page(200, "http://x/y", HTML, "\n".join(reader.words), tuple(reader.forms), tuple(reader.alerts))


def test_fields_choices_and_words(page):
    form = page.form("/act/main/accept")
    assert form.values == {"seen": "3", "f-office": "8", "f-category": "urban.lighting", "f-note": "一行\n"}
    assert form.choose("f-office", "城管") == "7"
    assert form.choose("f-category", "路灯") == "urban.lighting"
    assert page.alerts == ("Wrong & told",)
    assert "no" not in page.text.split()


def test_what_is_not_there_is_said(page):
    with pytest.raises(NotThereError):
        page.form("/act/main/assign")
    with pytest.raises(NotThereError):
        page.form("/b").choose("f-office", "x")
    assert not page.offers("/act/main/assign")


def test_codes_have_six_digits():
    code = totp("MWWSGSEDCLV2D22MA7QY3UU57UCQJA5L")
    assert len(code) == 6
    assert code.isdigit()
