"""Rules of passwords: long enough, said in the reader's language; and signs of several kinds, which examiners ask for."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def kinds_in(password: str) -> int:
    """How many of four kinds of signs there are: capital letters, small letters, figures, anything else."""

    def kind(sign: str) -> str:
        return {"Lu": "capital", "Ll": "small", "Nd": "figure"}.get(unicodedata.category(sign), "else")

    return len({kind(sign) for sign in password})


class SeveralKinds:
    """At least so many of the four kinds (setting ``AUTH_PASSWORD_VALIDATORS``)."""

    def __init__(self, least: int = 3) -> None:
        """``least``: 1 to 4."""
        self.least = least

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django asks so
        """Raises ValidationError, in words."""
        if kinds_in(password) < self.least:
            raise ValidationError(self.get_help_text(), code="too_few_kinds")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("Use at least %(n)d kinds of signs: capital letters, small letters, figures, others.") % {"n": self.least}


class LongEnough(MinimumLengthValidator):
    """Django's rule of length; its sentence has no Chinese since the framework worded it anew."""

    def get_error_message(self) -> str:
        """What is wrong, in words."""
        return _("The password needs at least %(n)d characters.") % {"n": self.min_length}
