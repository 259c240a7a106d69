"""The command line's words: English in the code, Chinese from the catalogue of the screens, read without Django."""

from __future__ import annotations

import gettext
import os
from functools import lru_cache
from pathlib import Path

DOMAIN = "django"
FOLDER = Path(__file__).resolve().parents[1] / "web" / "locale"


@lru_cache(maxsize=1)
def language() -> str:
    """English ("en") when BIHUAN_LANGUAGE or the machine's locale asks for it, else "zh_Hans", the product's own language."""
    asked = os.environ.get("BIHUAN_LANGUAGE", "")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        asked = asked or os.environ.get(name, "")
    return "en" if asked.lower().startswith("en") else "zh_Hans"


@lru_cache(maxsize=1)
def catalogue() -> gettext.NullTranslations:
    """The catalogue of the language in use; a missing one says everything in English."""
    return gettext.translation(DOMAIN, FOLDER, [language()], fallback=True)


def _(text: str) -> str:
    """The text in the language in use."""
    return catalogue().gettext(text) if text else ""


def gettext_noop(text: str) -> str:
    """The text as it is: marks it for the catalogue where it is said later."""
    return text


ARGPARSE = (
    gettext_noop("usage: "),
    gettext_noop("positional arguments"),
    gettext_noop("options"),
    gettext_noop("show this help message and exit"),
    gettext_noop("show program's version number and exit"),
    gettext_noop("the following arguments are required: %s"),
    gettext_noop("unrecognized arguments: %s"),
    gettext_noop("expected one argument"),
    gettext_noop("argument %(argument_name)s: %(message)s"),
    gettext_noop("invalid choice: %(value)r (choose from %(choices)s)"),
    gettext_noop("invalid %(type)s value: %(value)r"),
    gettext_noop("%(prog)s: error: %(message)s\n"),
)
"""What the parser of the command line says by itself."""


def teach_argparse() -> None:
    """Let Python's own parser speak the language in use, out of the same catalogue."""
    os.environ["LANGUAGE"] = language()
    gettext.bindtextdomain(DOMAIN, str(FOLDER))
    gettext.textdomain(DOMAIN)


def wide(text: str) -> int:
    """How many terminal cells a text takes: a Chinese character takes two."""
    return sum(2 if "\u1100" <= letter <= "\u115f" or "\u2e80" <= letter <= "\uffe6" else 1 for letter in text)


def padded(text: str, width: int) -> str:
    """The text filled up with blanks to so many terminal cells."""
    return text + " " * max(0, width - wide(text))
