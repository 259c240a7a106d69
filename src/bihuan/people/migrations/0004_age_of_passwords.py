"""When an account's password was last changed: places may let passwords grow old."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column that may be empty; nothing is rewritten."""

    dependencies: ClassVar = [("people", "0003_one_spelling_of_keys")]

    operations: ClassVar = [
        migrations.AddField(model_name="account", name="password_at", field=models.DateTimeField(null=True)),
    ]
