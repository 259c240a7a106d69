"""The table of sealed values found in free text or kept for a reference. No foreign keys: ``ref`` says what it belongs to."""

from __future__ import annotations

from django.db import models


class VaultItem(models.Model):
    """One sealed value of a reference ("words:17", "slip:3"). Erasing empties the sealed value and keeps the row's dates."""

    id = models.BigAutoField(primary_key=True)
    ref = models.CharField(max_length=100)
    place = models.IntegerField(default=0)
    kind = models.CharField(max_length=20)
    sealed = models.BinaryField()
    keyed_hash = models.CharField(max_length=64)
    kept_at = models.DateTimeField()
    keep_until = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["ref"], name="vault_item_ref"),
            models.Index(fields=["keyed_hash"], name="vault_item_hash"),
            models.Index(fields=["keep_until"], condition=models.Q(erased_at__isnull=True), name="vault_item_keep_until"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.kind}"
