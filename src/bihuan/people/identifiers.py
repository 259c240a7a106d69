"""The four names that open an account, brought into the one form in which they are kept and compared."""

from __future__ import annotations

import re
import unicodedata

_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,59}")
_STAFF_NO = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,95}")
IDENTIFIER_MAX = 160


def normal(text: str) -> str:
    """Full-width and capital letters folded, outer blanks and every control character removed."""
    folded = unicodedata.normalize("NFKC", text[: IDENTIFIER_MAX * 2]).strip().lower()
    return "".join(char for char in folded if unicodedata.category(char)[0] != "C")[:IDENTIFIER_MAX]


def mobile_digits(text: str) -> str:
    """The eleven digits of a mainland mobile number, "" when the text is none."""
    match = _MOBILE.fullmatch(re.sub(r"[\s\-()]", "", normal(text)))
    return match.group(1) if match else ""


def is_username(text: str) -> bool:
    """A letter first, then letters, digits, dot, hyphen, underscore: never mistaken for a mobile number or an e-mail."""
    return bool(_USERNAME.fullmatch(text))


def is_staff_no(text: str) -> bool:
    """Letters and digits; not eleven digits that read as a mobile number."""
    return bool(_STAFF_NO.fullmatch(text)) and not mobile_digits(text)


def is_email(text: str) -> bool:
    """One @ with something on either side."""
    return bool(_EMAIL.fullmatch(text))
