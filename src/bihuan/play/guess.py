"""What a message may be about, guessed by words: for the demonstration alone, where no dispatcher reads."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files

SUBJECT_COUNTS = 3  # a word in the subject says as much as so many in the text


@dataclass(frozen=True, slots=True)
class Guesser:
    """Words by category and by kind, restricted to those that the pack in force knows."""

    categories: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, tuple[str, ...]]
    otherwise: str
    otherwise_kind: str

    def category(self, subject: str, text: str) -> str:
        """The category whose words occur most, those of the subject counted thrice; a fixed one when none occurs."""
        return best(self.categories, subject, text) or self.otherwise

    def kind(self, subject: str, text: str) -> str:
        """The kind of matter whose words occur most; a fixed one when none occurs."""
        return best(self.kinds, subject, text) or self.otherwise_kind


def best(words: Mapping[str, tuple[str, ...]], subject: str, text: str) -> str:
    """The key with the highest count; the first of the file wins between equals, "" when nothing was found."""
    found, most = "", 0
    for key, listed in words.items():
        count = sum(SUBJECT_COUNTS * (word in subject) + (word in text) for word in listed)
        if count > most:
            found, most = key, count
    return found


def guesser(categories: Collection[str], kinds: Collection[str]) -> Guesser:
    """A guesser over the keys of the pack. Raises ValueError when the pack knows none of them."""
    read = tomllib.loads(files("bihuan.play").joinpath("sample/guess.toml").read_text("utf-8"))
    known = {key: tuple(words) for key, words in read["categories"].items() if key in categories}
    known_kinds = {key: tuple(words) for key, words in read["kinds"].items() if key in kinds}
    if not categories or not kinds:
        raise ValueError("the pack has no categories or no kinds of matter")
    return Guesser(
        categories=known,
        kinds=known_kinds,
        otherwise="governance.policy" if "governance.policy" in categories else sorted(categories)[0],
        otherwise_kind="complaint" if "complaint" in kinds else sorted(kinds)[0],
    )
