"""Eleven years later: what has ended is erased by the worker's own round; what is left of it is told.

python -m tests.drill.canaries_erased FILE     FILE holds {"hashes": [[value, kind]]}; prints what is left as JSON
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django


def later(told: Any) -> dict[str, Any]:
    """Let the worker tidy up with its clock eleven years on, and then write the database's journal into its file."""
    from django.db import connection

    from bihuan.cases.models import Words
    from bihuan.flows.worker import run_once, tidy
    from bihuan.ledger import clock
    from bihuan.vault import keyed_hash

    with clock.at(clock.now() + timedelta(days=11 * 366)):
        tidy()
        for _round in range(50):
            if not run_once():
                break
        tidy()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
    return {
        "erased": Words.objects.exclude(erased_at=None).count(),
        "hashes": [keyed_hash(value, kind) for value, kind in told["hashes"]],
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(later(json.loads(Path(sys.argv[1]).read_text("utf-8")))))
