"""The tracking code: eight characters of an alphabet without look-alikes, shown as 7QK4-M2XD. Whoever has it sees the case."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 characters; 0/O and 1/I/L are missing. Eight of them are 8.5e11 codes: guessing needs luck, rate limits see to it."""

LENGTH = 8
_READ_AS = str.maketrans({" ": "", "-": "", "\u2010": "", "\u2013": "", "\u2014": "", "\uff0d": "", "\u3000": "", "_": ""})


def new_code() -> str:
    """A fresh code without its hyphen."""
    number, code = secrets.randbelow(len(ALPHABET) ** LENGTH), ""  # drawn at once: every code is as likely
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        code += ALPHABET[place]
    return code


def shown(code: str) -> str:
    """The code as people read it: 7QK4-M2XD."""
    return f"{code[:4]}-{code[4:]}"


def normalised(typed: str) -> str:
    """What a person typed as the code it means, "" when it can be none: any case, spaces, hyphens, full-width letters.

    >>> normalised(" 7qk4 m2xd")
    '7QK4M2XD'
    """
    narrow = "".join(chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in typed[:64])
    code = narrow.translate(_READ_AS).upper()
    return code if len(code) == LENGTH and all(c in ALPHABET for c in code) else ""
