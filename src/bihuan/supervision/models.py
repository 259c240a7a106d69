"""Tables of the room: a letter to an office with the matters it names, a circular with the overdue matters of a period."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Letter(models.Model):
    """One supervision letter from a centre (``issuer_id``) to a unit, for one or several matters.

    ``state``: drafted (may still be changed) -> signed (numbered, waits for answers) -> settled; or void, which keeps the
    number it had. ``opening`` and ``reason`` (of a void) are the leader's words. ``version`` counts the changes.
    """

    issuer_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()
    grade = models.CharField(max_length=10)
    state = models.CharField(max_length=10, default="drafted")
    opening = models.TextField(blank=True, default="")
    answer_by = models.DateField(null=True)
    number = models.CharField(max_length=120, blank=True, default="")
    drafted_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    signed_by = models.BigIntegerField(default=0)
    voided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="")
    version = models.IntegerField(default=1)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer_id", "unit_id", "grade"], name="letter_one_draft", condition=Q(state="drafted")
            ),
            models.UniqueConstraint(fields=["issuer_id", "number"], name="letter_number", condition=~Q(number="")),
        ]
        indexes = [
            models.Index(fields=["issuer_id", "state", "-id"], name="letter_issuer"),
            models.Index(fields=["unit_id", "state", "-id"], name="letter_unit"),
        ]


class LetterLine(models.Model):
    """One matter of a letter. ``ref`` names the occasion, so that it enters one letter once, ever.

    ``summary`` is erased with the words of the case. ``removed``: taken off before signing. ``opened``: the case has its
    line of supervision. ``due_at``: the limit that passed, empty for a fake closure.
    """

    letter = models.ForeignKey("supervision.Letter", models.CASCADE, related_name="lines")
    case_id = models.BigIntegerField(db_index=True)
    number = models.CharField(max_length=64)
    clock = models.CharField(max_length=40, blank=True, default="")
    due_at = models.DateTimeField(null=True)
    summary = models.CharField(max_length=200, blank=True, default="")
    ref = models.CharField(max_length=200, unique=True)
    removed = models.BooleanField(default=False)
    opened = models.BooleanField(default=False)


class Circular(models.Model):
    """A list of offices' overdue matters of a period, signed by the head of the issuing centre and read by all its offices.

    ``state``: drafted -> signed (published), or void. ``area_code``: the issuer's area; offices in it read it.
    """

    issuer_id = models.BigIntegerField()
    area_code = models.CharField(max_length=24)
    state = models.CharField(max_length=10, default="drafted")
    since = models.DateField()
    until = models.DateField()
    opening = models.TextField(blank=True, default="")
    number = models.CharField(max_length=120, blank=True, default="")
    drafted_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    signed_by = models.BigIntegerField(default=0)
    version = models.IntegerField(default=1)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer_id", "number"], name="circular_number", condition=~Q(number="")),
        ]
        indexes = [models.Index(fields=["issuer_id", "state", "-id"], name="circular_issuer")]


class CircularLine(models.Model):
    """One overdue matter of a unit in a circular. ``ended_at`` empty = still open when the circular was made."""

    circular = models.ForeignKey("supervision.Circular", models.CASCADE, related_name="lines")
    unit_id = models.BigIntegerField()
    case_id = models.BigIntegerField(db_index=True)
    number = models.CharField(max_length=64)
    clock = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    summary = models.CharField(max_length=200, blank=True, default="")
