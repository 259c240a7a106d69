"""Wrong codes are entries of the ledger; nothing is counted on the code itself."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0002_devices_and_codes")]

    operations: ClassVar = [migrations.RemoveField(model_name="onetimecode", name="tries")]
