"""A paper as a Word file: the same head, body and table, with the type faces that offices have."""

from __future__ import annotations

import io
import re
from typing import Any

from docx import Document
from docx.enum.section import WD_SECTION_START
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

BODY, TITLE = "仿宋", "宋体"
RED = RGBColor(0xC8, 0x10, 0x2E)
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
SIZE, LINE = Pt(16), Pt(28)


def clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return _UNWRITABLE.sub("", text)


def docx(paper: dict[str, Any]) -> bytes:
    """The bytes of the file. ``paper``: ``Paper.as_data()``."""
    file = Document()
    section = file.sections[0]
    section.start_type = WD_SECTION_START.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    _page_number(section)
    file.core_properties.title, file.core_properties.author = clean(paper["title"]), clean(paper["head"])
    if paper["draft"]:
        _line(file, paper["draft"], align=WD_ALIGN_PARAGRAPH.RIGHT, size=Pt(14))
    if paper["head"]:
        _line(file, paper["head"], face=TITLE, size=Pt(36 if len(paper["head"]) <= 14 else 28), bold=True, colour=RED)
        _rule(_line(file, paper["number"]))
    _line(file, paper["title"], face=TITLE, size=Pt(22), bold=True)
    if paper["to"]:
        _line(file, paper["to"] + "：", align=WD_ALIGN_PARAGRAPH.LEFT)
    told = [_line(file, words, align=WD_ALIGN_PARAGRAPH.JUSTIFY, indent=True) for words in paper["body"]]
    if paper["rows"]:
        _table(file, paper)
        told = []
    told += [_line(file, words, align=WD_ALIGN_PARAGRAPH.JUSTIFY, indent=True) for words in paper["after"]]
    for paragraph in told[-4:]:  # the seal never stands alone on a page
        paragraph.paragraph_format.keep_with_next = bool(paper["signer"] or paper["signed_on"])
    _signature(file, paper)
    made = io.BytesIO()
    file.save(made)
    return made.getvalue()


def _line(
    file: Any,
    words: str,
    *,
    align: Any = WD_ALIGN_PARAGRAPH.CENTER,
    face: str = BODY,
    size: Any = SIZE,
    bold: bool = False,
    colour: Any = None,
    indent: bool = False,
) -> Any:
    paragraph = file.add_paragraph()
    paragraph.alignment = align
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    if size <= SIZE:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    if indent:
        form.first_line_indent = Pt(32)
    _run(paragraph, words, face, size, bold=bold, colour=colour)
    return paragraph


def _run(paragraph: Any, words: str, face: str, size: Any, *, bold: bool = False, colour: Any = None) -> None:
    run = paragraph.add_run(clean(words))
    run.font.name, run.font.size, run.font.bold = face, size, bold
    run._element.rPr.rFonts.set(qn("w:eastAsia"), face)  # noqa: SLF001 - the library has no name for it
    if colour is not None:
        run.font.color.rgb = colour


def _rule(paragraph: Any) -> None:
    """A red line under the number."""
    paragraph.paragraph_format.space_after = Pt(24)
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "4"), ("color", "C8102E")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)  # noqa: SLF001 - the library has no name for it


def _table(file: Any, paper: dict[str, Any]) -> None:
    columns = paper["columns"]
    table = file.add_table(rows=1, cols=len(columns))
    table.style, table.autofit = "Table Grid", False
    whole = sum(one["share"] for one in columns)
    widths = [Mm(156 * one["share"] / whole) for one in columns]
    _cells(table.rows[0], [one["title"] for one in columns], widths, bold=True)
    _mark(table.rows[0], "w:tblHeader")
    for row in paper["rows"]:
        added = table.add_row()
        _cells(added, row, widths)
        _mark(added, "w:cantSplit")


def _cells(row: Any, texts: Any, widths: Any, *, bold: bool = False) -> None:
    for cell, words, width in zip(row.cells, texts, widths, strict=True):
        cell.width = width
        _run(cell.paragraphs[0], words, BODY, Pt(12), bold=bold)


def _mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))  # noqa: SLF001 - the library has no name for it


def _signature(file: Any, paper: dict[str, Any]) -> None:
    if not (paper["signer"] or paper["signed_on"]):
        return
    for n, words in enumerate(filter(None, (paper["signer"], paper["signed_on"], paper["seal"]))):
        paragraph = _line(file, words, align=WD_ALIGN_PARAGRAPH.RIGHT)
        paragraph.paragraph_format.right_indent = Pt(64)
        paragraph.paragraph_format.keep_with_next = True
        if not n:
            paragraph.paragraph_format.space_before = Pt(42)


def _page_number(section: Any) -> None:
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, "— ", TITLE, Pt(14))
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001 - the library has no name for it
    _run(paragraph, " —", TITLE, Pt(14))
