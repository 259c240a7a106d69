"""Papers: the head, the table over several pages, and words that stay words whatever signs they hold."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document

from bihuan.papers import making
from bihuan.papers.making import made
from bihuan.papers.shapes import Column, Paper, PaperFault

HOSTILE = (
    '#read("/etc/passwd")', '#import "@preview/cetz:0.3.0"', "$x^2$ @ref *b* _i_ `c` <lbl>", "\\u{41} \\ // /* #{",
    "<script>alert(1)</script>",
    "{{ 7*7 }} {% x %}", '= 标题', "- 列表", "\x00\x07控制\x1f符", "\ufffe𠀀\U0001f600", "&amp; ]]> \"'",
)  # fmt: skip
PAPER = Paper(
    head="石桥县社会治理中心",
    number="石桥县社会治理中心督字〔2026〕第3号",
    title="关于超期未办结群众诉求事项的督办函",
    to="住房和城乡建设局",
    body=("截至2026年10月22日，你单位承办的下列事项已超过办理时限。",),
    columns=(Column(title="序号", share=3), Column(title="事项编号", share=11), Column(title="事项摘要", share=14)),
    rows=tuple((str(n), f"990101-2026-{n:06}", "第一网格村口路灯坏了两周没人修，请尽快修理") for n in range(1, 31)),
    after=("逾期不答复的，予以通报。",),
    signer="石桥县社会治理中心",
    signed_on="2026年10月22日",
    seal="（盖章）",
)


def words_of(pdf: bytes, folder: Path) -> str:
    """The text of a PDF as a reader copies it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not here")
    file = folder / "paper.pdf"
    file.write_bytes(pdf)
    said = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    return said.stdout.decode()


def test_thirty_matters_over_several_pages(tmp_path: Path) -> None:
    text = words_of(made(PAPER, "pdf"), tmp_path)
    pages = text.rstrip("\f").split("\f")
    assert len(pages) > 1
    assert all("事项编号" in page for page in pages if "990101-2026" in page)  # the table's head stands on each page again
    assert all("".join(page.split()).endswith(f"—{n}—") for n, page in enumerate(pages, 1))
    assert all(f"990101-2026-{n:06}" in text for n in range(1, 31))
    assert "石桥县社会治理中心督字" in pages[0]
    assert "盖章" in pages[-1]


def test_what_looks_like_markup_is_set_as_words(tmp_path: Path) -> None:
    hostile = replace(PAPER, title=HOSTILE[0], body=HOSTILE, rows=tuple(("1", "2", one) for one in HOSTILE), to=HOSTILE[2])
    text = words_of(made(hostile, "pdf"), tmp_path).replace("\n", "").replace(" ", "")
    for sign in ('#read("/etc/passwd")', "$x^2$@ref*b*_i_`c`<lbl>", "<script>alert(1)</script>", "{{7*7}}"):
        assert sign.replace(" ", "") in text
    assert "root:" not in text


def test_word_holds_the_same_and_nothing_that_xml_cannot() -> None:
    hostile = replace(PAPER, body=HOSTILE, rows=tuple(("1", "2", one) for one in HOSTILE))
    file = made(hostile, "docx")
    read = Document(io.BytesIO(file))
    said = [paragraph.text for paragraph in read.paragraphs]
    assert PAPER.head in said
    assert PAPER.number in said
    assert HOSTILE[4] in said
    assert "控制符" in said
    assert [cell.text for cell in read.tables[0].rows[0].cells] == ["序号", "事项编号", "事项摘要"]
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        document = packed.read("word/document.xml").decode()
    assert "<script>" not in document
    assert "w:tblHeader" in document
    assert round(read.sections[0].top_margin.mm) == 37


def test_a_long_title_and_a_long_head() -> None:
    long = replace(PAPER, title="关于" + "超期未办结群众诉求事项" * 8 + "的督办函", head="石桥县" * 12, rows=())
    for form in ("pdf", "docx"):
        assert len(made(long, "pdf" if form == "pdf" else "docx")) > 5000


def test_a_press_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(PaperFault, match="too long"):
        made(PAPER, "pdf", seconds=0.01)


def test_a_missing_font_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same template with a face that no machine has is refused, not set in another one."""
    from bihuan.papers import press

    other = tmp_path / "office.typ"
    other.write_text(press.TEMPLATE.read_text("utf-8").replace("Noto Serif CJK SC", "No Such Face 9"), "utf-8")
    monkeypatch.setattr(press, "TEMPLATE", other)
    with pytest.raises(SystemExit) as ended:
        press.pdf(PAPER.as_data())
    assert ended.value.code == press.WARNED
    assert making.TYPES["pdf"] == "application/pdf"


@pytest.mark.parametrize("lines", range(9, 15))
def test_the_seal_never_stands_alone_on_a_page(lines: int, tmp_path: Path) -> None:
    """However long the paper is: on the page of the seal there are words of the paper, too."""
    body = (
        *(
            f"第{n}项约定：双方按照现场界石重新栽桩，多占的一方半个月以内退还，今后互不翻账，各自管好自家的人。"
            for n in range(lines)
        ),
    )
    closing = ("本协议一式三份。", "当事人（签名、盖章或者按指印）：", "　", "调解员（签名）：")
    page = words_of(made(replace(PAPER, rows=(), columns=(), after=(), body=body + closing), "pdf"), tmp_path)
    last = page.rstrip("\f").split("\f")[-1]
    assert "盖章）" in last
    assert "调解员" in last


def test_what_the_parties_sign_themselves_bears_no_head(tmp_path: Path) -> None:
    own = replace(PAPER, head="", number="", rows=(), columns=(), after=(), signer="", signed_on="", seal="")
    assert PAPER.head not in words_of(made(own, "pdf"), tmp_path)
    paragraphs = [one.text for one in Document(io.BytesIO(made(own, "docx"))).paragraphs]
    assert paragraphs[0] == own.title
