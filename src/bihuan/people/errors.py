"""What can be wrong with an order to change people or the organisation."""

from __future__ import annotations


class PeopleError(ValueError):
    """Base of this room's refusals. ``field`` names the offending input where there is one."""

    def __init__(self, say: str, field: str = "") -> None:
        """Keep the field beside the sentence."""
        super().__init__(say)
        self.field = field


class BadIdentifier(PeopleError):
    """A user name, e-mail, mobile or staff number that cannot be one, or that another account has."""


class UnknownUnit(PeopleError):
    """No unit with that key, or no area with that code."""


class Overtaken(PeopleError):
    """Somebody else changed the same post, leave or account meanwhile; look again."""


class NotLawful(PeopleError):
    """The order contradicts the rules of posts: to oneself, to somebody who is gone, for days that are over."""


class PostsApart(PeopleError):
    """One person may not hold both posts (GB/T 22239: the three administrators are three people)."""
