"""What of a text can be searched for: tokens with places, the same for every database (docs/rules/search.md).

A run of Chinese characters gives every pair of neighbours and, at its end, the last character alone; a run of other
letters and digits gives itself. What a person typed becomes phrases of such tokens. Pure: no tables.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MOST_CHARACTERS = 10_000
"""Of one field; what stands behind is not searched."""
MOST_PLACES = 16_000
"""Of one case: PostgreSQL counts places up to 16,383."""
MOST_OF_A_TOKEN = 250
"""Of one case: PostgreSQL keeps 256 places of a token."""
LONGEST_WORD = 500
"""Nobody types a longer one, and an index has a limit for them."""
LONGEST_QUERY = 100

_CHINESE = (
    "\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua48c"
    "\uf900-\ufaff\U00020000-\U0003fffd"
)  # Han, kana, Yi: written without spaces
_MARKS = "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M")
_RUN = re.compile(rf"[{_CHINESE}]+|[^\W_{_CHINESE}](?:[^\W_{_CHINESE}]|[{re.escape(_MARKS)}])*")
_IS_CHINESE = re.compile(f"[{_CHINESE}]")
_UNSEEN = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10), 0xFEFF,
     *range(0xE0100, 0xE01F0)]
)  # fmt: skip
_QUOTES = str.maketrans(dict.fromkeys("“”„‟「」『』＂", '"'))
_MASKED = re.compile(r"(?<![0-9Xx])[0-9Xx]*\*{2,}[0-9Xx]*")
_PIECE = re.compile(r'"([^"]*)"|([^\s"]+)')


def folded(text: str) -> str:
    """The text as it is compared: one width, one case, without characters that nobody sees.

    >>> folded("ＬＥＤ 路\ufe00灯")
    'led 路灯'
    """
    one_width = unicodedata.normalize("NFKC", text).casefold().translate(_UNSEEN)
    return unicodedata.normalize("NFKC", one_width)


def without_masked(text: str) -> str:
    """The text without the masked numbers of people, so that nobody is found by the digits that a mask leaves open.

    >>> without_masked("请打139****5678找我")
    '请打 找我'
    """
    return _MASKED.sub(" ", text)


def runs(text: str) -> list[str]:
    """The runs of a folded text: Chinese ones and words, in order."""
    return [run for run in _RUN.findall(text) if len(run) <= LONGEST_WORD or _IS_CHINESE.match(run)]


def run_tokens(run: str) -> list[str]:
    """The tokens of one run.

    >>> run_tokens("路灯坏")
    ['路灯', '灯坏', '坏']
    """
    if not _IS_CHINESE.match(run):
        return [run]
    return [run[n : n + 2] for n in range(len(run))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What of one case is searched: fields as people wrote them. ``marks``: the codes of the areas it lies in."""

    case_id: int
    title: str
    rest: tuple[str, ...]
    marks: tuple[str, ...] = ()

    def places(self) -> tuple[list[str], list[str]]:
        """Tokens of the title and of everything else, in order; "" where a phrase ends or a token is one too many."""
        seen: Counter[str] = Counter()
        title = _placed([self.title], MOST_PLACES, seen)
        return title, _placed(self.rest, MOST_PLACES - len(title), seen)


def _placed(fields: Iterable[str], most: int, seen: Counter[str]) -> list[str]:
    tokens: list[str] = []
    for text in fields:
        if tokens:
            tokens.append("")
        for run in runs(folded(text[:MOST_CHARACTERS])[:MOST_CHARACTERS]):
            for token in run_tokens(run):
                seen[token] += 1
                tokens.append(token if seen[token] <= MOST_OF_A_TOKEN else "")
    return tokens[:most]


def number_fields(number: str) -> tuple[str, ...]:
    """A number as people type it: whole, and its last digits without the zeros before them.

    >>> number_fields("430000-2026-000123")
    ('430000-2026-000123', '123')
    """
    digits = number[len(number.rstrip(string.digits)) :]
    last = digits[digits.find("0") :].lstrip("0") if "0" in digits else ""
    return (number, last) if last else (number,)


def fields_of(number: str, external_number: str, words: Mapping[str, str]) -> tuple[str, ...]:
    """Everything but the title: numbers, then the reported words by their names."""
    said = (without_masked(text) for text in (external_number, *(words[name] for name in sorted(words))))
    return tuple(text for text in (*number_fields(number), *said) if text)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that must be neighbours. ``open_end``: the last one is only how a token begins."""

    tokens: tuple[str, ...]
    open_end: bool = False


def phrases(typed: str) -> tuple[Phrase, ...]:
    """What a person looks for: every piece between spaces (or between quotation marks) is a phrase, all must be there.

    >>> phrases("路灯 LED灯")
    (Phrase(tokens=('路灯',), open_end=False), Phrase(tokens=('led', '灯'), open_end=True))
    """
    # a tuple without doubles: the same piece twice asks for nothing more
    found = (_phrase(runs(quoted or plain)) for quoted, plain in _PIECE.findall(_asked(typed)))
    return tuple(dict.fromkeys(phrase for phrase in found if phrase is not None))


def _asked(typed: str) -> str:
    return folded(typed[:LONGEST_QUERY].translate(_QUOTES))


def _phrase(found: list[str]) -> Phrase | None:
    if not found:
        return None
    *closed, last = found
    tokens = [token for run in closed for token in run_tokens(run)]
    if not _IS_CHINESE.match(last):
        return Phrase((*tokens, last))
    if len(last) == 1:
        return Phrase((*tokens, last), open_end=True)
    return Phrase((*tokens, *run_tokens(last)[:-1]))
