"""Tables of the rulebook: published packs, calendar years, paper numbers."""

from __future__ import annotations

from django.db import models


class PackVersion(models.Model):
    """A published version of a pack, byte for byte. Never edited: triggers refuse UPDATE and DELETE."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, unique=True)
    canonical = models.BinaryField()
    published_at = models.DateTimeField()
    published_by = models.BigIntegerField()
    approved_by = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="rulebook_pack_version_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class InForce(models.Model):
    """Which published version new cases begin under: ``area_code`` "" = the whole place, else a township's overlay there."""

    id = models.BigAutoField(primary_key=True)
    area_code = models.CharField(max_length=24, blank=True, default="", unique=True)
    digest = models.CharField(max_length=64)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.area_code or 'everywhere'}: {self.digest[:12]}"


class Proposal(models.Model):
    """A version that somebody asks to publish; it is published only when a second person agrees.

    ``against``: the version in force that it changes; ``version`` "": a township's own rules that are to end, with nothing
    in their place. ``state``: asked, published, refused, withdrawn. Every step is an
    entry in the stream ``pack:<name>``.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    against = models.CharField(max_length=64)
    canonical = models.BinaryField()
    reason = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    asked_by = models.BigIntegerField()
    state = models.CharField(max_length=20, default="asked")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(default=0)
    words = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.name} {self.version}: {self.state}"


class CalendarYear(models.Model):
    """The days off and make-up working days of one year as published. A correction is a new revision; the last counts.

    ``stamp`` is a digest over these days and those of every row before: the same stamp means the same calendar.
    """

    id = models.BigAutoField(primary_key=True)
    year = models.IntegerField()
    revision = models.IntegerField()
    off = models.JSONField()
    made_up = models.JSONField()
    source = models.CharField(max_length=200)
    loaded_at = models.DateTimeField()
    loaded_by = models.BigIntegerField()
    stamp = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["year", "revision"], name="rulebook_calendar_year_revision")]

    def __str__(self) -> str:
        return f"{self.year} revision {self.revision}"


class Sequence(models.Model):
    """The last number drawn of a kind of paper within its period ("per"), e.g. case, "430624/2026"."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=40)
    per = models.CharField(max_length=80)
    last = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "per"], name="rulebook_sequence_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.per}: {self.last}"
