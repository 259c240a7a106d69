"""Lists of open work and of cases: rows to lines, lights, key-set paging."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from bihuan.cases.models import Thread
from bihuan.cases.shapes import WorkLine
from bihuan.places.selectors import path_names
from bihuan.rulebook.selectors import pack
from bihuan.rules.lights import Light, light
from bihuan.rules.procedure.course import index_of
from bihuan.rules.procedure.shape import Action, Procedure, moves

OPEN_LIGHTS = (Light.OVER, Light.NEAR, Light.RUNNING, Light.PAUSED)
THREAD_FIELDS = (
    "id", "name", "kind", "item", "state", "holder_unit", "holder_post", "due_at", "amber_at", "stopped_at", "paused",
    "provisional", "version", "entered_at",
)  # fmt: skip
CASE_FIELDS = (
    "id", "number", "title", "opened_at", "area_code", "category", "kind", "weight", "urgency", "pack_digest",
    "procedure", "is_demo",
)  # fmt: skip


def light_is(wanted: str, now: datetime, prefix: str = "") -> Q:
    """The light of an open thread as a condition; "" = no clock runs. The twin of ``light_of_thread``."""
    due, amber, paused = f"{prefix}due_at", f"{prefix}amber_at", f"{prefix}paused"
    in_time = Q(**{f"{due}__gte": now})
    near = Q(**{f"{amber}__lte": now})
    return {
        Light.OVER: Q(**{f"{due}__lt": now}),
        Light.NEAR: in_time & near,
        Light.RUNNING: in_time & (Q(**{f"{amber}__gt": now}) | Q(**{amber: None})),
        Light.PAUSED: Q(**{due: None, paused: True}),
        "": Q(**{due: None, paused: False}),
    }[wanted]


def ended_in(wanted: str, prefix: str = "") -> Q:
    """The light of a thread that has ended, as a condition: met or missed."""
    stopped = f"{prefix}stopped_at"
    if wanted == Light.MISSED:
        return Q(**{f"{stopped}__gt": F(f"{prefix}due_at")})
    return Q(**{f"{stopped}__lte": F(f"{prefix}due_at")})


def light_of_thread(
    due_at: datetime | None, amber_at: datetime | None, stopped_at: datetime | None, paused: bool, now: datetime
) -> str:
    """The light of a thread from its row; "" = no clock."""
    if stopped_at is not None:
        return light(due_at, amber_at, "stopped", stopped_at, now)
    if due_at is None:
        return Light.PAUSED if paused else ""
    return light(due_at, amber_at, "running", None, now)


def counts_by_light(threads: QuerySet[Thread], now: datetime) -> dict[str, int]:
    """How many of the threads have which light. One statement."""
    names = {str(wanted): f"n_{wanted or 'none'}" for wanted in (*OPEN_LIGHTS, "")}
    row = threads.aggregate(**{name: Count("pk", filter=light_is(wanted, now)) for wanted, name in names.items()})
    return {wanted: row[name] for wanted, name in names.items()}


def by_limit(threads: QuerySet[Thread], after: str) -> QuerySet[Thread]:
    """Earliest limit first, those without one last, from behind the key ``after``."""
    instant, _, last = after.partition("~")
    number = row_number(last)
    if number:
        threads = threads.filter(_behind(instant, number) if instant else Q(due_at=None, pk__gt=number))
    return threads.order_by(F("due_at").asc(nulls_last=True), "pk")


def row_number(written: str) -> int:
    """A row's number as an address gives it; 0 for anything that no key holds."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else 0


def _behind(instant: str, number: int) -> Q:
    try:
        at = datetime.fromisoformat(instant).astimezone(UTC)
    except (ValueError, OverflowError):
        return Q()
    return Q(due_at__gt=at) | Q(due_at=at, pk__gt=number) | Q(due_at=None)


def limit_key(row: Mapping[str, Any], prefix: str = "") -> str:
    """The key behind which the next page begins."""
    due = row[f"{prefix}due_at"]
    return f"{due.isoformat() if due else ''}~{row[f'{prefix}id']}"


def lines(
    rows: Sequence[Mapping[str, Any]],
    now: datetime,
    *,
    case: str,
    thread: str,
    names: Mapping[str, str] | None = None,
    known: dict[str, str] | None = None,
) -> tuple[WorkLine, ...]:
    """Rows as lines; ``case`` and ``thread`` are the prefixes of their columns.

    One statement for the areas' names, none where the caller has them (``names``). ``known``: those that earlier pages
    asked for; what this one asks for is added.
    """
    if names is None:
        known = {} if known is None else known
        unknown = {row[f"{case}area_code"] for row in rows} - known.keys()
        if unknown:
            known |= dict.fromkeys(unknown, "") | path_names(unknown)
        names = known
    waited: dict[tuple[str, ...], str] = {}
    return tuple(_line(row, names, now, case, thread, waited) for row in rows)


def _line(
    row: Mapping[str, Any], names: Mapping[str, str], now: datetime, case: str, thread: str, waited: dict[tuple[str, ...], str]
) -> WorkLine:
    """``waited``: the next acts found so far, for many rows stand alike."""
    code, digest, procedure = row[f"{case}area_code"], row[f"{case}pack_digest"], row[f"{case}procedure"]
    due_at, amber_at, stopped_at, paused = (row[f"{thread}{name}"] for name in ("due_at", "amber_at", "stopped_at", "paused"))
    state, kind, post = row[f"{thread}state"], row[f"{thread}kind"], row[f"{thread}holder_post"]
    alike = (digest, procedure, kind, state, post)
    if alike not in waited:
        waited[alike] = next_action(pack(digest).procedures[procedure], kind, state, post)
    return WorkLine(
        case_id=row[f"{case}id"],
        thread=row[f"{thread}name"],
        thread_kind=kind,
        item=row[f"{thread}item"],
        state=state,
        light=light_of_thread(due_at, amber_at, stopped_at, paused, now),
        due_at=due_at,
        area_code=code,
        area_name=names.get(code, ""),
        next_action=waited[alike],
        pack_digest=digest,
        procedure=procedure,
        kind=row[f"{case}kind"],
        clock=row.get("clock", ""),
        **{name: row[f"{case}{name}"] for name in ("number", "title", "opened_at", "category", "weight", "urgency", "is_demo")},
        **{name: row[f"{thread}{name}"] for name in ("provisional", "entered_at", "holder_unit", "holder_post", "version")},
    )


def next_action(procedure: Procedure, kind: str, state: str, post: str = "", unit_kind: str = "") -> str:
    """The act that the holder of this state, in that post, is waited for, "" when there is none.

    ``unit_kind``: of the holder's unit, where it is known: acts that only units of other kinds have (``holder_in``) are not its.
    """
    whose = {"holder", post} - {""}
    there = [act for act in index_of(procedure).actions(kind).values() if state in act.from_ and whose & set(act.who)]
    mine = [act for act in there if not act.holder_in or not unit_kind or unit_kind in act.holder_in]
    return next((act.key for act in _primary_first(mine)), "")


def _primary_first(actions: Iterable[Action]) -> list[Action]:
    """The pack's primary acts, then those that lead on, then those that stay where they are; each in the pack's order."""
    return sorted(actions, key=lambda action: (not action.primary, not moves(action)))
