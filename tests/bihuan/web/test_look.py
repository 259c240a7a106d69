"""The tokens of the look: every text on every paper can be read, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bihuan import web

CSS = (Path(web.__file__).parent / "static" / "bihuan" / "tokens.css").read_text("utf-8")
LIGHT, DARK = CSS.split("@media (prefers-color-scheme: dark)", 1)
PAPERS = ("paper", "ground", "primary-weak", "resident", "office", "followup")
ON_WEAK = (("ok", "ok-weak"), ("near", "near-weak"), ("late", "late-weak"), ("on-primary", "primary"))
AA, AAA = 4.5, 7.0


def tokens(sheet: str) -> dict[str, str]:
    """Colours by name."""
    found = re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})\b", sheet.split("@media print")[0])
    return {name: "#" + "".join(c * 2 for c in value[1:]) if len(value) == 4 else value for name, value in found}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read(theme: str) -> None:
    colour = tokens(LIGHT) | (tokens(DARK) if theme == "dark" else {})
    faint = [
        (text, paper, round(contrast(colour[text], colour[paper]), 2))
        for text in ("ink", "muted", "primary", "ok", "near", "late", "pause")
        for paper in PAPERS
        if contrast(colour[text], colour[paper]) < (AAA if text == "ink" else AA)
    ]
    faint += [(a, b, round(contrast(colour[a], colour[b]), 2)) for a, b in ON_WEAK if contrast(colour[a], colour[b]) < AA]
    assert faint == []
    assert contrast(colour["edge"], colour["paper"]) >= 3  # the border of a field is how it is seen


def test_contrast_is_reckoned_as_the_standard_says() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_no_colour_stands_outside_the_tokens() -> None:
    """Sheets use the tokens alone, the slip's black on white paper aside."""
    folder = Path(web.__file__).parent / "static" / "bihuan"
    for name in ("desk.css", "portal.css"):
        sheet = (folder / name).read_text("utf-8").replace("background: #fff; padding: 8px", "")  # the square to scan
        assert re.findall(r"#[0-9a-fA-F]{3,6}\b", sheet) == [], name
