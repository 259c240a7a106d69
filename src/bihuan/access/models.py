"""The table of sessions: who is signed in, in which post."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Session(models.Model):
    """One signed-in browser. The cookie holds a random token; only its SHA-256 is kept here.

    ``post`` is empty while the second factor is still owed (``stage`` "factor"); ``data`` holds the few small values a
    page needs to carry over (a second-factor secret being set up, sealed). Times are aware UTC.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(
        "people.Account", on_delete=models.CASCADE, related_name="+"
    )
    post = models.ForeignKey(
        "people.Post", null=True, on_delete=models.CASCADE, related_name="+"
    )
    stage = models.CharField(max_length=10, default="in")
    factor_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account"], name="access_session_account"),
            models.Index(fields=["ends_at"], name="access_session_ends"),
        ]

    def __str__(self) -> str:
        """The account and stage."""
        return f"{self.account_id} {self.stage}"
