"""Text that people and machines send, with the one verdict on it: kept to the letter, or refused, whichever door it comes by."""

from __future__ import annotations

from collections.abc import Mapping

KEPT: Mapping[str, str] = {
    "four bytes": "𠀀𬺓𪚥路灯坏了两周没有人修",
    "right to left": "\u202e路灯坏了\u202c两周没有人修",
    "combining": "e\u0301 u\u0308 路灯坏了两周没有人修",
    "joined": "👨‍👩‍👧‍👦 路灯坏了两周没有人修",
    "wide": "ＡＢＣ　路灯坏了（两周）没有人修",
    "markup": "<script>alert(1)</script>&amp;'\" {{ 7*7 }} {% load %} 路灯坏了",
    "like a formula": "=cmd|'/c calc'!A1 路灯坏了两周",
    "not normal": "\uf900\ufa0e 路灯坏了两周没有人修",
    "brackets": "[" * 300 + "路灯坏了两周没有人修",
    "like a statement": "路灯坏了'; DROP TABLE cases_case; -- 两周",
}
REFUSED: Mapping[str, str] = {
    "NUL": "路灯坏了\x00两周没有人修",
    "bell": "路灯坏了\x07两周没有人修",
    "vertical tab": "路灯坏了\x0b两周没有人修",
    "escape": "路灯坏了\x1b[31m两周没有人修",
    "delete": "路灯坏了\x7f两周没有人修",
}
