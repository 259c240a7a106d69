"""Phone- and identity-shaped strings in what people write: found, masked, and given back to be kept in the vault.

Read in time linear in the text. Found are mobiles (with 0, 86, +86, 0086 before them), landlines with their area code
(or after a word such as 电话), identity numbers of 18 digits (valid date; inside longer digit strings only with a
valid check character) and of 15; written together or in a few groups parted by spaces, dashes, dots or brackets, or
digit by digit; in any script's decimal digits. Shapes, not certainty: what is masked too much can still be looked up.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Literal, NamedTuple

from bihuan.vault import mask

FoundKind = Literal["phone", "id_no"]


class Found(NamedTuple):
    """One value found: its kind, its plain digits, and where its mask begins in the shown text."""

    kind: FoundKind
    value: str
    start: int = 0


_PLAIN = {
    code: str(unicodedata.decimal(chr(code)))
    for code in range(0x80, sys.maxunicode + 1)
    if unicodedata.decimal(chr(code), None) is not None
} | {ord("Ｘ"): "X", ord("ｘ"): "x"}
_BETWEEN = r"[ \t\u00a0\u3000\u2000-\u200d\u2060\ufeff\u00ad\-‐‑‒–—―−－_.·・．()（）+＋]"
_RUN = re.compile(rf"[0-9]++(?:{_BETWEEN}{{1,3}}[0-9]++)*+(?:{_BETWEEN}{{0,3}}[Xx](?![A-Za-z]))?")
_GROUP = re.compile(r"[0-9]+|[Xx]")
_DIGIT = re.compile(r"\d")
_DATE = r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_ID18 = re.compile(rf"[1-9][0-9]{{5}}{_DATE}[0-9]{{3}}[0-9Xx]")
_ID18_INSIDE = re.compile(rf"(?=([1-9][0-9]{{5}}{_DATE}[0-9]{{3}}[0-9Xx]))")
_ID15 = re.compile(r"[1-9][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}")
_MOBILE = re.compile(r"(?:0086|86|0)?(1[3-9][0-9]{9})")
_MOBILES = re.compile(r"(?:1[3-9][0-9]{9}){2,}+")
_LANDLINE = re.compile(r"(?:0086|86)?(0(?:10|2[0-9])[2-8][0-9]{6,7}|0[3-9][0-9]{2}[2-8][0-9]{6,7})")
_LOCAL = re.compile(r"[2-8][0-9]{6,7}")
_CUE = re.compile(r"(?:电话|座机|固话|手机|号码|联系方式|致电|[Tt][Ee][Ll]|[Pp]hone)[^0-9A-Za-z，。；、\n]{0,6}$")
_CUE_REACH = 14
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_GROUPS = 6
_DAY = (re.compile(r"(?:19|20)[0-9]{2}"), re.compile(r"0?[1-9]|1[0-2]"), re.compile(r"0?[1-9]|[12][0-9]|3[01]"))


def check_character(first17: str) -> str:
    """The last character of an 18-digit identity number (GB 11643)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def _real_date(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return True


def _shape(digits: str, groups: int) -> Found | None:
    """What the digits of one or more whole groups are, taken together."""
    size = len(digits)
    few = groups <= 4 or groups == size
    if size == 18 and (groups <= _GROUPS or groups == size) and _ID18.fullmatch(digits) and _real_date(digits[6:14]):
        return Found("id_no", digits.upper())
    if 11 <= size <= 15 and few and (mobile := _MOBILE.fullmatch(digits)):
        return Found("phone", mobile[1])
    if 10 <= size <= 16 and few and (landline := _LANDLINE.fullmatch(digits)):
        return Found("phone", landline[1])
    if size == 15 and few and _ID15.fullmatch(digits) and _real_date("19" + digits[6:12]):
        return Found("id_no", digits)
    return None


def _inside(digits: str) -> list[tuple[int, int, Found]]:
    """Numbers inside one long group: identity numbers that check, phones run together, a phone with an extension."""
    found: list[tuple[int, int, Found]] = []
    end = 0
    for match in _ID18_INSIDE.finditer(digits):
        number = match[1].upper()
        if match.start() >= end and _real_date(number[6:14]) and check_character(number[:17]) == number[17]:
            end = match.start() + 18
            found.append((match.start(), end, Found("id_no", number)))
    if found:
        return found
    if len(digits) % 11 == 0 and _MOBILES.fullmatch(digits):
        return [(at, at + 11, Found("phone", digits[at : at + 11])) for at in range(0, len(digits), 11)]
    if 12 <= len(digits) <= 15 and re.match(r"1[3-9][0-9]{9}", digits):
        return [(0, 11, Found("phone", digits[:11]))]
    return found


def _longest(run: str, groups: list[tuple[int, int]], at: int) -> tuple[Found | None, int]:
    """The value that begins with group ``at``, and its last group; an identity number goes before a phone inside it."""
    digits, best, last = "", None, at
    for upto in range(at, min(at + 18, len(groups))):
        digits += run[slice(*groups[upto])]
        if len(digits) > 18:
            break
        found = _shape(digits, upto - at + 1)
        if found and (best is None or found.kind == "id_no"):
            best, last = found, upto
    return best, last


def _is_day(run: str, groups: list[tuple[int, int]], at: int) -> bool:
    """A date in three groups, 1990-12-10: what follows it is not part of it."""
    three = groups[at : at + 3]
    return len(three) == 3 and all(part.fullmatch(run, *group) for part, group in zip(_DAY, three, strict=True))


def _in_run(text: str, start: int, run: str) -> list[tuple[int, int, Found]]:
    """The spans of one run of digits and separators that begins at ``start``."""
    groups = [(match.start(), match.end()) for match in _GROUP.finditer(run)]
    spans: list[tuple[int, int, Found]] = []
    at = 0
    while at < len(groups):
        if _is_day(run, groups, at):
            at += 3
            continue
        begin, end = groups[at]
        best, last = _longest(run, groups, at)
        if best is not None:
            spans.append((start + begin, start + groups[last][1], best))
        elif end - begin > 11:
            closing = end + (run[end : end + 1] in ("X", "x"))
            spans += [(start + begin + a, start + begin + b, found) for a, b, found in _inside(run[begin:closing])]
        elif (local := _local(text, start, run, groups, at)) is not None:
            found, last = local
            spans.append((start + begin, start + groups[last][1], found))
        at = last + 1
    return spans


def _local(text: str, start: int, run: str, groups: list[tuple[int, int]], at: int) -> tuple[Found, int] | None:
    """A local number of seven or eight digits, in one or two groups, straight after a word such as 电话; its last group."""
    begin = start + groups[at][0]
    if not _CUE.search(text, max(0, begin - _CUE_REACH), begin):
        return None
    digits = ""
    for upto in range(at, min(at + 2, len(groups))):
        digits += run[slice(*groups[upto])]
        if _LOCAL.fullmatch(digits):
            return Found("phone", digits), upto
    return None


def hide(text: str) -> tuple[str, list[Found]]:
    """The text with every phone- and identity-shaped string masked, and what was found, in order."""
    if _DIGIT.search(text) is None:
        return text, []
    plain = text if text.isascii() else text.translate(_PLAIN)
    shown: list[str] = []
    found: list[Found] = []
    done = length = 0
    for run in _RUN.finditer(plain):
        if run.end() - run.start() < 7:
            continue
        for begin, end, value in _in_run(plain, run.start(), run[0]):
            covered = mask.phone(value.value) if value.kind == "phone" else mask.id_no(value.value)
            shown += (text[done:begin], covered)
            length += begin - done
            found.append(value._replace(start=length))
            length += len(covered)
            done = end
    shown.append(text[done:])
    return ("".join(shown), found) if found else (text, [])


NOBODY_S_NAME = frozenset({"群众", "居民", "村民", "市民", "业主", "网友", "匿名", "家属", "先生", "女士", "本人"})
"""What people write for a name where they do not say one: found in a text it names nobody."""


def hide_name(text: str, name: str) -> str:
    """The text with a person's name masked wherever it stands, as screens mask it: 王小明 becomes 王**.

    The name itself is kept with the contact. Of one character, or no name at all, nothing is masked.
    """
    return hide_names(text, (name,))


def hide_names(text: str, names: Iterable[str]) -> str:
    """``hide_name`` for several people, the longest name first: of 王小明 and 王小 both are masked whole."""
    for name, covered in masks_of(names):
        text = text.replace(name, covered)
    return text


def masks_of(names: Iterable[str]) -> list[tuple[str, str]]:
    """What is looked for in a text and what stands in its place, in this order."""
    wanted = sorted({name.strip() for name in names}, key=lambda name: (-len(name), name))
    return [(name, mask.name(name)) for name in wanted if len(name) >= 2 and name not in NOBODY_S_NAME]
