"""The table of attachments. The bytes lie sealed in the folder of files, under their digest; the ledger carries ``ref``."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Attachment(models.Model):
    """One photograph or document. It waits (``case_id`` 0) until an act of its ``owner`` takes it into a case.

    ``ref`` is what the entry carries: a digest over ``salt`` and the digest of the bytes, so that nothing can be guessed from
    the entry once both are erased. ``seq`` and ``field`` name the event it came with and the fact it answered. ``digest``
    and ``thumb`` are the SHA-256 of the bytes kept (``thumb`` "" = no picture). ``public``: the resident may see it;
    what the resident added is seen by the resident anyway.
    """

    ref = models.CharField(max_length=50, unique=True)
    salt = models.CharField(max_length=32, blank=True, default="")
    owner = models.CharField(max_length=90)
    case_id = models.BigIntegerField(default=0)
    seq = models.IntegerField(default=0)
    field = models.CharField(max_length=40, blank=True, default="")
    name = models.CharField(max_length=120, blank=True, default="")
    kind = models.CharField(max_length=8)
    size = models.BigIntegerField()
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)
    digest = models.CharField(max_length=64)
    thumb = models.CharField(max_length=64, blank=True, default="")
    account_id = models.BigIntegerField(default=0)
    by_resident = models.BooleanField(default=False)
    public = models.BooleanField(default=False)
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["case_id"], name="file_case", condition=~Q(case_id=0)),
            models.Index(fields=["at"], name="file_waiting", condition=Q(case_id=0)),
            models.Index(fields=["digest"], name="file_digest"),
            models.Index(fields=["thumb"], name="file_thumb", condition=~Q(thumb="")),
        ]

    def __str__(self) -> str:
        """Its number and kind."""
        return f"{self.pk} {self.kind}"
