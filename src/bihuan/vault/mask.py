"""What a screen shows of personal data to those who may not see it."""

from __future__ import annotations

import re

_TOWNSHIP = re.compile(r"(?:镇|乡|街道|苏木)(?!村|路|街)")
_VILLAGE = re.compile(r"(?:村民委员会|居民委员会|村委会|居委会|社区|村|嘎查)(?![镇乡村路街道小])")


def name(text: str) -> str:
    """The first character and two stars: 王**. The stars don't tell how long the name is."""
    text = text.strip()
    return text[0] + "**" if text else ""


def phone(text: str) -> str:
    """138****0000 for a mobile; a landline keeps its area code and last two digits (0730*****34)."""
    digits = "".join(c for c in text if c.isdecimal())
    if not digits:
        return "****" if text.strip() else ""
    if len(digits) >= 11 and not digits.startswith("0"):
        return f"{digits[:3]}{'*' * (len(digits) - 7)}{digits[-4:]}"
    code = 0 if not digits.startswith("0") or len(digits) < 10 else 3 if digits[1] in "12" else 4
    shown = 2 if len(digits) - code > 4 else 0
    return digits[:code] + "*" * (len(digits) - code - shown) + (digits[-shown:] if shown else "")


def id_no(text: str) -> str:
    """430*************1X: the first three and the last two characters."""
    kept = "".join(text.split())
    if len(kept) < 10:
        return "*" * len(kept)
    return kept[:3] + "*" * (len(kept) - 5) + kept[-2:]


def address(text: str) -> str:
    """The address down to its village or community, then stars; without one, down to the township; else stars alone."""
    township = _TOWNSHIP.search(text)
    village = _VILLAGE.search(text, township.end() if township else 0)
    cut = village or township
    if cut is None:
        return "***" if text.strip() else ""
    return text[: cut.end()] + ("***" if cut.end() < len(text.rstrip()) else "")
