"""Units founded from a pack bear one spelling of their key, office@area, and the pack's office key beside it."""

from __future__ import annotations

from typing import Any

from django.db import migrations

FORMER, AT = ":", "@"


def spell(apps: Any, _schema: Any) -> None:
    """"village_unit:430624206214" becomes "village_unit@430624206214", its office "village_unit"."""
    units = apps.get_model("people", "Unit")
    changed = []
    for unit in units.objects.filter(key__contains=FORMER).iterator(chunk_size=500):
        office, _colon, code = unit.key.partition(FORMER)
        if code.isdigit():
            unit.key, unit.office = f"{office}{AT}{code}", office
            changed.append(unit)
    units.objects.bulk_update(changed, ["key", "office"], batch_size=500)


class Migration(migrations.Migration):
    """Rewrites keys; what points at units points at their numbers."""

    dependencies = [("people", "0002_leave_and_roster")]
    operations = [migrations.RunPython(spell, migrations.RunPython.noop, elidable=True)]
