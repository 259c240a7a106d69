"""The case and what stands beside it. Only the door writes these tables; the ledger is the truth, most of this an index."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Case(models.Model):
    """One matter from one report to its answer.

    Its position lies in its threads, its history in the ledger's stream ``case:<id>``. ``a6`` to ``a15`` are the codes of
    the areas above it, one column a level, so that a township's list costs the same at any size.
    ``centre_id``: the unit that dispatches, checks and follows up; ``from_unit_id``: the unit it has the case from (a village
    that reported it up, the county that sent it down; 0 = it came to the centre itself).
    ``about_*`` name the office or post holder the matter is about (0 = none): they and everyone below never see it.
    """

    number = models.CharField(max_length=64, unique=True)
    tracking_hash = models.CharField(max_length=64, unique=True)
    tracking_sealed = models.BinaryField()
    procedure = models.CharField(max_length=40)
    pack_digest = models.CharField(max_length=64)
    area = models.ForeignKey("places.Area", models.PROTECT, related_name="+", db_index=False)
    area_code = models.CharField(max_length=24)
    a6 = models.CharField(max_length=24, blank=True, default="")
    a9 = models.CharField(max_length=24, blank=True, default="")
    a12 = models.CharField(max_length=24, blank=True, default="")
    a15 = models.CharField(max_length=24, blank=True, default="")
    title = models.CharField(max_length=200, blank=True, default="")
    category = models.CharField(max_length=60, blank=True, default="")
    kind = models.CharField(max_length=40, blank=True, default="")
    channel = models.CharField(max_length=40, blank=True, default="")
    weight = models.CharField(max_length=20, blank=True, default="")
    urgency = models.CharField(max_length=20, blank=True, default="")
    contact = models.ForeignKey("people.Contact", models.PROTECT, null=True, related_name="+")
    about_unit_id = models.BigIntegerField(default=0)
    about_account_id = models.BigIntegerField(default=0)
    centre_id = models.BigIntegerField(default=0)
    from_unit_id = models.BigIntegerField(default=0, db_default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    is_demo = models.BooleanField(default=False)
    external_number = models.CharField(max_length=80, blank=True, default="")
    unindexed = models.BooleanField(default=True, db_default=True)  # the search does not know it yet, as it now stands

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="case_unindexed", condition=Q(unindexed=True)),
            models.Index(fields=["a9", "id"], name="case_a9"),
            models.Index(fields=["category", "id"], name="case_category"),
            models.Index(fields=["a12", "id"], name="case_a12"),
            models.Index(fields=["a15", "id"], name="case_a15"),
            models.Index(fields=["external_number"], name="case_external", condition=~Q(external_number="")),
            models.Index(fields=["opened_at"], name="case_opened"),
            models.Index(fields=["closed_at"], name="case_closed", condition=Q(closed_at__isnull=False)),
        ]


class Thread(models.Model):
    """Where the case, or one line of work beside it, stands: state, holder, and the earliest limit that runs.

    ``wake_at``: when an act of the system may come due in it (a date, the end of a clock); empty = never.
    Once it has ended ``due_at`` is the limit it had as a whole and ``stopped_at`` when that clock stopped.
    """

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="threads", db_index=False)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=40)
    item = models.CharField(max_length=60, blank=True, default="")
    state = models.CharField(max_length=40)
    open = models.BooleanField(default=True)
    holder_unit = models.BigIntegerField(default=0)
    holder_post = models.CharField(max_length=40, blank=True, default="")
    due_at = models.DateTimeField(null=True)
    amber_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    paused = models.BooleanField(default=False)
    provisional = models.BooleanField(default=False)
    version = models.IntegerField()
    entered_at = models.DateTimeField()
    wake_at = models.DateTimeField(null=True)
    unsummed = models.BooleanField(default=True, db_default=True)  # the daily sums do not know its case, as it now stands

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "name"], name="thread_of_case")]
        indexes = [
            models.Index(fields=["case"], name="thread_unsummed", condition=Q(unsummed=True)),
            models.Index(fields=["holder_unit", "due_at", "id"], name="thread_work", condition=Q(open=True)),
            models.Index(fields=["due_at"], name="thread_due", condition=Q(open=True)),
            models.Index(fields=["wake_at"], name="thread_wake", condition=Q(wake_at__isnull=False)),
        ]


class Clock(models.Model):
    """A clock's last reading, kept as an index; ``cases.services.rebuild`` makes it again from the ledger.

    ``announce_at``: when the worker has to enter that the limit has passed; empty = entered, or nothing to enter.
    ``remind_at``: when the next reminder is due to whoever holds the thread; empty = none any more.
    """

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="clocks", db_index=False)
    thread = models.CharField(max_length=100)
    key = models.CharField(max_length=40)
    state = models.CharField(max_length=10)
    started_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    amber_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    charged_unit = models.BigIntegerField(default=0)
    lit = models.BooleanField(default=True)
    provisional = models.BooleanField(default=False)
    announce_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "thread", "key"], name="clock_of_case")]
        indexes = [
            models.Index(fields=["remind_at"], name="clock_reminding", condition=Q(remind_at__isnull=False)),
            models.Index(fields=["announce_at"], name="clock_passing", condition=Q(announce_at__isnull=False)),
            models.Index(fields=["case"], name="clock_provisional", condition=Q(provisional=True)),
            models.Index(fields=["stopped_at", "charged_unit"], name="clock_ended", condition=Q(stopped_at__isnull=False)),
        ]


class Words(models.Model):
    """What somebody wrote, apart from the ledger so that it can be erased.

    ``ref`` is what the entry carries: a digest over ``salt`` and text, so that nothing can be guessed from the entry once
    both are erased. ``seq`` is the entry it was written with.
    """

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="words")
    seq = models.IntegerField()
    name = models.CharField(max_length=40)
    ref = models.CharField(max_length=64)
    salt = models.CharField(max_length=32)
    text = models.TextField(blank=True, default="")
    public = models.BooleanField(default=False)
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)


class Mark(models.Model):
    """Something that counts in the figures of an office (the pack's ``[[mark]]``), with the entry it came with; an index."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="marks", db_index=False)
    seq = models.IntegerField()
    key = models.CharField(max_length=60)
    unit = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq", "key"], name="mark_once")]
        indexes = [models.Index(fields=["at", "unit", "key"], name="mark_at")]


class Involved(models.Model):
    """A unit that holds or once held a thread of the case: its officers see the case wherever it lies."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="involved", db_index=False)
    unit = models.ForeignKey("people.Unit", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "case"], name="involved_once")]
        indexes = [models.Index(fields=["case"], name="involved_case")]


class Link(models.Model):
    """Two cases that belong together, as the ledgers of both say: an index of it.

    ``kind`` merged: the case goes on in ``other``; split: it was split off from ``other``; related: neither leads.
    """

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="links", db_index=False)
    other = models.ForeignKey("cases.Case", models.CASCADE, related_name="linked", db_index=False)
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "other", "kind"], name="link_once")]
        indexes = [models.Index(fields=["other"], name="link_other")]


class DaySum(models.Model):
    """What ended on one day in one cell: an area, or a unit that holds or held the case. Kept by the worker.

    ``day`` as ``date.toordinal``. ``unit``: to whom the limits were charged, 0 = the closing of the cases. ``about_*``: whom
    they are about, so that avoidance holds in a sum as in a list. The numbers are those of ``day_shares.Numbers``.
    """

    cell = models.CharField(max_length=24)
    day = models.IntegerField()
    unit = models.BigIntegerField()
    procedure = models.CharField(max_length=40)
    about_unit = models.BigIntegerField()
    about_account = models.BigIntegerField()
    n = models.BigIntegerField()
    whole = models.BigIntegerField()
    late = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cell", "day", "unit", "procedure", "about_unit", "about_account"], name="day_sum_key"
            ),
        ]
        indexes = [models.Index(fields=["day"], name="day_sum_day")]


class DayShare(models.Model):
    """What one case has added to the daily sums, so that it can be taken out again when the case goes on."""

    case = models.OneToOneField("cases.Case", models.CASCADE, primary_key=True, related_name="day_share")
    said = models.TextField()
    last_day = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["last_day"], name="day_share_last")]
