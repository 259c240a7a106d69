"""The triggers that let rows be written once and never changed. Lifting them is for tests alone and lives there."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

ANCHOR_LOCK = 20401
"""Class of PostgreSQL's advisory lock between writers (shared) and the anchor (exclusive); the table's oid completes it."""


def trigger_names(vendor: str, table: str, *, share: bool = False) -> tuple[str, ...]:
    """The names of the triggers that guard ``table``; ``share``: with the one that makes writers share the anchor's lock."""
    if vendor == "postgresql":
        return (f"{table}_kept", f"{table}_anchor") if share else (f"{table}_kept",)
    return (f"{table}_kept_update", f"{table}_kept_delete")


def guard_statements(vendor: str, table: str) -> list[str]:
    """The SQL that refuses every change of rows of ``table`` (on PostgreSQL also TRUNCATE)."""
    if vendor == "postgresql":
        return [
            """CREATE OR REPLACE FUNCTION bihuan_kept() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation'; END $$""",
            f"""CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION bihuan_kept()""",
        ]
    return [
        f"CREATE TRIGGER {table}_kept_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb} refused'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def share_statements(vendor: str, table: str) -> list[str]:
    """The SQL by which every writer of ``table`` shares the anchor's lock until its transaction ends (PostgreSQL).

    A statement trigger runs before the first id is drawn. So while the anchor holds the lock alone, no entry with a
    smaller id than the last one can still arrive. SQLite has one writer and needs nothing.
    """
    if vendor != "postgresql":
        return []
    return [
        f"""CREATE OR REPLACE FUNCTION bihuan_share_anchor() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_advisory_xact_lock_shared({ANCHOR_LOCK}, TG_RELID::int); RETURN NULL; END $$""",
        f"CREATE TRIGGER {table}_anchor BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION bihuan_share_anchor()",
    ]


def install(schema_editor: Any, table: str, *, share: bool = False) -> None:
    """Create the triggers of ``table``; called by the migration that makes the table."""
    vendor = schema_editor.connection.vendor
    for statement in guard_statements(vendor, table) + (share_statements(vendor, table) if share else []):
        schema_editor.execute(statement, params=None)


def standing(connection: BaseDatabaseWrapper) -> set[str]:
    """Names of the guarding triggers that stand in the database (for the house test and ``bihuan doctor``)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' "
                "AND pg_table_is_visible(tgrelid) AND (tgname LIKE '%\\_kept' OR tgname LIKE '%\\_anchor')"
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%\\_kept\\_%' ESCAPE '\\'")
        return {name for (name,) in cursor.fetchall()}
