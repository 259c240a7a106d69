"""Into which registered columns of personal data a canary went, and how it stands there.

python -m tests.drill.canaries_reached FILE     FILE holds what was planted; prints {column: how} as JSON

``how``: "opens" (sealed, and opened it holds a canary), "hash" (a digest that only a canary's value gives), "mask" (its mask),
"clear" (as it was given), "row" (a row that a canary brought about, with nothing of it), "" (no canary came there).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import django

CANNOT: Mapping[str, str] = {
    "axes_accessattempt.http_accept": "empty: what a browser says of itself is not kept",
    "axes_accessattempt.path_info": "empty: nor is the address",
    "axes_accessattempt.get_data": "empty: nor what was asked",
    "axes_accessattempt.post_data": "empty: nor what was typed",
    "axes_accessattempt.ip_address": "empty: nor from where",
    "access_session.device": "two words of ours for browser and system",
    "notify_notice.href": "an address of the desk, made of numbers of ours",
}
"""Registered columns that no canary can reach, and why: their values are held to be such (``odd``)."""
WANTED: Mapping[str, frozenset[str]] = {
    "sealed": frozenset({"opens", "hash"}), "hashed": frozenset({"hash"}), "masked": frozenset({"mask"}),
    "words": frozenset({"mask"}), "clear": frozenset({"mask", "clear", "row"}), "session": frozenset({"hash", "row"}),
}  # fmt: skip
"""How a canary may stand in a column of each form of the register."""


def reached(planted: Mapping[str, Any]) -> dict[str, str]:
    """How a canary stands in each registered column of personal data."""
    from bihuan.safekeeping.personal import register

    known = _Known(planted["secrets"], planted["staff"], planted["opens"])
    return {field: known.how(field) for one in register().held for field in one.fields}


class _Known:
    """The canaries in every form in which one may stand."""

    def __init__(self, secrets: Collection[str], staff: Collection[str], passwords: Collection[str]) -> None:
        from bihuan.flows.renewing import COLUMNS
        from bihuan.vault import keyed_hash, mask

        self.secrets, self.staff, self.passwords = set(secrets), set(staff), set(passwords)
        self.sealed = {(one.table, one.column): one for one in COLUMNS}
        self.hashes = {keyed_hash(one, kind) for one in secrets for kind in ("phone", "id_no", "name", "code")}  # type: ignore[arg-type]
        self.hashes |= {sha256(one.encode()).hexdigest() for one in secrets}
        numbers = [one for one in secrets if one[:-1].isdigit()]
        self.masks = {mask.phone(one) if len(one) == 11 else mask.id_no(one) for one in numbers}
        self.masks |= {mask.name(one) for one in secrets if one.startswith("欧阳")}

    def how(self, field: str) -> str:
        table, column = field.split(".")
        values = [value for value in _values(table, column) if value not in ("", b"", None)]
        if field in CANNOT:
            return "" if any(self.odd(str(value)) for value in values) else "cannot"
        if (table, column) in self.sealed and any(self._opens(table, column)):
            return "opens"
        texts = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in map(_plain, values)]
        if column == "data" and any(self._secret_in(text) for text in texts):
            return "opens"
        if self.hashes & set(texts) or (column == "password" and self._lets_in(texts)):
            return "hash"
        if any(one in text for text in texts for one in self.masks):
            return "mask"
        if self.staff & set(texts):
            return "clear"
        if table == "people_contact" and column == "address_masked":
            return "mask" if any(text.endswith("村***") for text in texts) else ""
        return "row" if texts else ""

    def odd(self, text: str) -> bool:
        """A value that holds what somebody typed."""
        return any(one in text for one in (*self.secrets, *self.masks)) or len(text) > 60

    def _opens(self, table: str, column: str) -> list[bool]:
        from bihuan.vault import unseal

        one = self.sealed[table, column]
        found = []
        for kind, value in _values(table, one.kind, column) if one.kind else ((None, value) for value in _values(table, column)):
            if value:
                plain = unseal(bytes(value), field=f"{one.field}.{kind}" if one.kind else one.field)
                found.append(any(secret in plain for secret in self.secrets))
        return found

    def _secret_in(self, text: str) -> bool:
        from bihuan.access.factor import SealedSecrets

        sealed = json.loads(text).get("secret") if text.startswith("{") else None
        return bool(sealed) and SealedSecrets().decrypt(sealed) in self.secrets

    def _lets_in(self, hashes: Collection[str]) -> bool:
        from django.contrib.auth.hashers import check_password

        return any(check_password(word, one) for word in self.passwords for one in hashes)


def _plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def _values(table: str, *columns: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id")
        return [row if len(columns) > 1 else row[0] for row in cursor.fetchall()]


def main(file: Path) -> dict[str, str]:
    return reached(json.loads(file.read_text("utf-8")))


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main(Path(sys.argv[1]))))
