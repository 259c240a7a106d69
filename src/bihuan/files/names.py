"""The name of a file as it is kept: a name for people, never a path, never a trick."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from bihuan.files.kinds import KINDS
from bihuan.files.limits import NAME_LONGEST
from bihuan.packs.plain_text import UNSEEN
from bihuan.vault.free_text import hide, hide_names

_PATH = re.compile(r"[\\/]")
_AWKWARD = re.compile(r'[<>:"|?*]')
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")


def kept_name(sent: str, kind: str, names: Collection[str] = ()) -> str:
    """The name without folders and invisible characters, with the ending of what the file is; numbers of people hidden.

    ``names``: people who are known to stand in no file's name.
    """
    stem = _PATH.split(sent)[-1]
    stem = "".join(letter for letter in stem if unicodedata.category(letter) not in UNSEEN)
    stem = _ENDING.sub("", _AWKWARD.sub("_", stem)).strip(" .")
    stem, _found = hide(hide_names(stem, names))
    return f"{stem[:NAME_LONGEST].strip(' .') or 'file'}.{KINDS[kind].ending}"
