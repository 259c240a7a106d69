"""The tables of intake: service records (asked and done on the spot), and imports with the cases each of them brought."""

from __future__ import annotations

from django.db import models


class ServiceRecord(models.Model):
    """One thing asked and settled at once. No loop, no clock; it can be raised to a case with nothing retyped.

    ``words`` is what was asked, ``result`` what was done; both erasable (phone- and identity-shaped strings are already
    hidden); the ledger's entry carries a digest over ``salt`` and the texts. ``case_id`` is the case it was raised to
    (0 = none). ``a6`` to ``a15``: codes of the areas above it.
    """

    what = models.CharField(max_length=200)
    words = models.TextField(blank=True, default="")
    result = models.TextField(blank=True, default="")
    salt = models.CharField(max_length=32, default="")
    category = models.CharField(max_length=60, blank=True, default="")
    channel = models.CharField(max_length=40, blank=True, default="")
    area = models.ForeignKey("places.Area", models.PROTECT, related_name="+", db_index=False)
    area_code = models.CharField(max_length=24)
    a6 = models.CharField(max_length=24, blank=True, default="")
    a9 = models.CharField(max_length=24, blank=True, default="")
    a12 = models.CharField(max_length=24, blank=True, default="")
    a15 = models.CharField(max_length=24, blank=True, default="")
    contact = models.ForeignKey("people.Contact", models.PROTECT, null=True, related_name="+")
    unit_id = models.BigIntegerField()
    account_id = models.BigIntegerField()
    at = models.DateTimeField()
    case_id = models.BigIntegerField(default=0)
    is_demo = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["a9", "id"], name="record_a9"),
            models.Index(fields=["a12", "id"], name="record_a12"),
            models.Index(fields=["a15", "id"], name="record_a15"),
            models.Index(fields=["unit_id", "id"], name="record_unit"),
        ]


class ImportBatch(models.Model):
    """One table that somebody took in. ``rows``: those that could be read; ``refused`` and ``already`` as the import ended.

    ``undone_at``: when its undoing was asked for, by whom and why; what became of each case stands with the case.
    """

    account_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()
    file_name = models.CharField(max_length=80, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField()
    rows = models.IntegerField(default=0)
    already = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    is_demo = models.BooleanField(default=False)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["unit_id", "id"], name="import_unit")]


class ImportedCase(models.Model):
    """A case that an import brought. ``outcome`` of its undoing: "" = not looked at yet, undone, kept (somebody had acted)."""

    batch = models.ForeignKey("intake.ImportBatch", models.CASCADE, related_name="cases", db_index=False)
    case = models.OneToOneField("cases.Case", models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["batch", "outcome", "id"], name="imported_batch")]
