"""The tables of access: sessions, and the reasons given for looking at personal data."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Session(models.Model):
    """One signed-in browser. The cookie holds a random token; only its SHA-256 is kept here.

    ``stage`` "owed": the password was right, the second factor is not given yet; "renew": everything was
    right, but the password is too old; "in": signed in. ``data`` holds the few
    small values a page needs to carry over (a second-factor secret being set up, sealed). ``device``: the browser and system
    in two words, so that its owner knows it again. Times are aware UTC.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey("people.Post", null=True, on_delete=models.CASCADE, related_name="+")
    stage = models.CharField(max_length=10, default="in")
    factor_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    device = models.CharField(max_length=60, default="")
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account"], name="access_session_account"),
            models.Index(fields=["ends_at"], name="access_session_ends"),
        ]

    def __str__(self) -> str:
        """The account and stage."""
        return f"{self.account_id} {self.stage}"


class OneTimeCode(models.Model):
    """A code by which somebody sets a new password, once, within the hour; only its keyed hash is kept.

    A newer code of the same account makes the older ones worthless. ``account`` is unique: there is one row a person.
    """

    account = models.OneToOneField("people.Account", on_delete=models.CASCADE, related_name="+")
    code_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        """Whose, until when."""
        return f"{self.account_id} until {self.ends_at}"


class Look(models.Model):
    """One look at a resident's personal data and the reason given, in words. The ledger's entry carries their digest.

    Apart from the ledger so that the words can be erased when their time is over. ``case_id`` 0 = outside any case.
    """

    entry = models.BigIntegerField(unique=True)
    account_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()
    post = models.CharField(max_length=40)
    contact_id = models.BigIntegerField()
    case_id = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact_id"], name="access_look_contact"),
            models.Index(fields=["at"], name="access_look_at"),
        ]

    def __str__(self) -> str:
        """Who looked at whom."""
        return f"{self.account_id} -> {self.contact_id}"
