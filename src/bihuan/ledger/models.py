"""Tables of the ledger. No foreign keys at all: an entry outlives whatever it speaks of."""

from __future__ import annotations

from typing import Any

from django.db import models

from bihuan.ledger.chain import canonical_facts, read_facts


class FactsField(models.TextField):  # type: ignore[type-arg]
    """Facts as canonical JSON text, byte for byte what was hashed (a JSON column would reorder it)."""

    def from_db_value(self, value: str | None, *_: object) -> object:
        """Decode what the database gives."""
        return None if value is None else read_facts(value)

    def get_prep_value(self, value: Any) -> Any:
        """Encode in the canonical form."""
        return value if value is None or isinstance(value, str) else canonical_facts(value)


class Entry(models.Model):
    """One thing that happened: who, what, when, where. Written once (triggers refuse UPDATE and DELETE).

    ``stream`` groups entries that are chained ("case:17", "look:3"); ``thread`` is empty outside cases; ``facts`` hold
    keys, digests and references only.
    """

    id = models.BigAutoField(primary_key=True)
    stream = models.CharField(max_length=100)
    seq = models.IntegerField()
    kind = models.CharField(max_length=60)
    thread = models.CharField(max_length=120)
    at = models.DateTimeField()
    account = models.BigIntegerField()
    unit = models.BigIntegerField()
    post = models.CharField(max_length=60)
    doer = models.CharField(max_length=10)
    area = models.CharField(max_length=20)
    facts = FactsField()
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="ledger_entry_place")]
        indexes = [models.Index(fields=["id"], condition=models.Q(thread=""), name="ledger_entry_outside_cases")]

    def __str__(self) -> str:
        return f"{self.stream} {self.seq} {self.kind}"


class Outbox(models.Model):
    """Work that follows from an entry, done by the worker after the commit. ``entry`` is an entry's id (0 = none).

    ``not_before`` is when it may be taken; taking it moves it on by the lease, so a killed worker's work comes back.
    """

    class State(models.IntegerChoices):
        """Where a piece of work stands."""

        WAITING = 0
        DONE = 1
        GIVEN_UP = 2

    id = models.BigAutoField(primary_key=True)
    entry = models.BigIntegerField(default=0)
    topic = models.CharField(max_length=60)
    payload = FactsField(default=dict)
    state = models.SmallIntegerField(choices=State.choices, default=State.WAITING)
    not_before = models.DateTimeField()
    tries = models.IntegerField(default=0)
    fault = models.CharField(max_length=200, default="")

    class Meta:
        indexes = [
            models.Index(fields=["not_before"], condition=models.Q(state=0), name="ledger_outbox_waiting"),
            models.Index(fields=["id"], condition=models.Q(state=2), name="ledger_outbox_given_up"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.id}"


class Request(models.Model):
    """A request that was answered: the same id again gets the same answer, with other facts it is refused."""

    id = models.BigAutoField(primary_key=True)
    account = models.BigIntegerField()
    request_id = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    answer = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "request_id"], name="ledger_request_once")]

    def __str__(self) -> str:
        return self.request_id
