"""What the rulebook refuses."""

from __future__ import annotations


class RulebookError(Exception):
    """The rulebook cannot take this."""


class VersionTaken(RulebookError):
    """A version with this name and number is published with other rules: a published version is never edited."""


class NotPublished(RulebookError):
    """No pack with this digest, or none at all, is published here."""


class BadYear(RulebookError):
    """The days of a calendar year contradict each other or lie outside the year."""


class NotNarrowing(RulebookError):
    """An overlay whose base is not the version in force in the whole place."""


class NotDecidable(RulebookError):
    """A proposal that cannot be decided so. ``code``: gone (decided already), same_person, stale (other rules since), taken,
    asked (there is such a request already), looser (an overlay that does not narrow, or could not be lived with), story
    (``words``: the story that does not go on it).
    """

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.code, self.words = code, words
