"""The tables of people: staff accounts, the units they sit in, the posts they hold, and residents' contacts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

HASH_LENGTH = 64
MASKED_LENGTH = 120
GIVEN = datetime(1970, 1, 1, tzinfo=UTC)
"""``Account.password_at`` of a password that its owner did not choose and has to change first."""


class Account(AbstractBaseUser):
    """One member of staff. Four names open it: ``username``, ``email``, the mobile number and ``staff_no``.

    The mobile number is a private one: kept sealed, found by ``mobile_hash``. What an account may do follows from its
    posts alone. ``username``, ``email`` and ``staff_no`` are kept in lower case; "" = none.
    """

    username = models.CharField(max_length=60, unique=True)
    email = models.CharField(max_length=160, default="", blank=True)
    staff_no = models.CharField(max_length=40, default="", blank=True)
    mobile_sealed = models.BinaryField(default=b"")
    mobile_hash = models.CharField(max_length=HASH_LENGTH, default="", blank=True)
    name = models.CharField(max_length=60)
    language = models.CharField(max_length=10, default="zh-hans")
    large_text = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    password_at = models.DateTimeField(null=True)  # when its password was last changed; null = as old as the account
    last_login = None  # the ledger and the session table know; a second copy would be one more write at sign-in

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = BaseUserManager["Account"]()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["email"],
                condition=~models.Q(email=""),
                name="people_account_email",
            ),
            models.UniqueConstraint(
                fields=["staff_no"],
                condition=~models.Q(staff_no=""),
                name="people_account_staff_no",
            ),
            models.UniqueConstraint(
                fields=["mobile_hash"],
                condition=~models.Q(mobile_hash=""),
                name="people_account_mobile",
            ),
        ]

    def __str__(self) -> str:
        """The user name."""
        return self.username


class Unit(models.Model):
    """A centre, office, station, village or grid unit. ``kind`` is the pack's key.

    ``path`` is the chain of the ids above it, from the top down ("1/4/"): whoever reads the row knows everyone above it
    without a second query. ``key`` is a stable ASCII name for imports, packs and stories; ``office`` is the pack's
    office key, shared by the police stations of all townships. ``centre``: this unit takes in what comes to its area at
    its level (a centre, a village's or a grid's own unit). A unit with an end date takes in nothing new.
    """

    key = models.CharField(max_length=60, unique=True)
    office = models.CharField(max_length=60, default="")
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    area = models.ForeignKey("places.Area", on_delete=models.PROTECT, related_name="+")
    superior = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="inferiors")
    path = models.CharField(max_length=200, default="")
    centre = models.BooleanField(default=False)
    valid_to = models.DateField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["kind", "area"], name="people_unit_kind_area")]

    def __str__(self) -> str:
        """The name."""
        return self.name


class Post(models.Model):
    """An account holds the post ``key`` (pack's key: "dispatcher") in a unit, for an area, between two dates.

    ``second``: who stands in when the holder is away (B 角). ``instead_of``: this row is such a
    standing-in itself, for the days of the holder's leave ``leave``: the account acts in the other's post, and every act
    says for whom.
    """

    account = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="posts")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="posts")
    key = models.CharField(max_length=40)
    area = models.ForeignKey("places.Area", on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)  # the last day, included
    second = models.ForeignKey("people.Account", null=True, on_delete=models.PROTECT, related_name="+")
    instead_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="stand_ins")
    leave = models.ForeignKey("people.Leave", null=True, on_delete=models.PROTECT, related_name="stand_ins")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account", "unit", "key", "area"],
                condition=models.Q(valid_to=None, instead_of=None),
                name="people_post_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["unit", "key"], name="people_post_unit_key")]

    def __str__(self) -> str:
        """The post key and where."""
        return f"{self.key}@{self.unit_id}"


class Leave(models.Model):
    """The days on which an account is away, both included, with who stands in: the posts that name this leave.

    Why somebody is away is nobody's business here and is not kept.
    """

    account = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="leaves")
    first_day = models.DateField()
    last_day = models.DateField()
    cancelled = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["account", "last_day"], name="people_leave_account")]

    def __str__(self) -> str:
        """From when to when."""
        return f"{self.first_day}..{self.last_day}"


class Shift(models.Model):
    """One turn of a unit's duty roster (值班): who is on duty from when to when. ``leads``: the leader of that turn.

    It says who answers for the unit then. Nothing is checked in, and nobody's whereabouts are kept.
    """

    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    leads = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["unit", "account", "starts_at"], name="people_shift_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["unit", "ends_at"], name="people_shift_unit_end")]

    def __str__(self) -> str:
        """Whose turn, from when."""
        return f"{self.account_id} {self.starts_at:%F %R}"


class Contact(models.Model):
    """A resident's name, phone, identity number and home address: sealed, found by keyed hash, shown masked.

    The masked values are computed once, when the contact is written, so that no list ever opens a seal. ``erased_at``:
    the sealed values, hashes and masks are gone; the row stays so that cases keep pointing at something.
    """

    name_sealed = models.BinaryField(default=b"")
    phone_sealed = models.BinaryField(default=b"")
    id_no_sealed = models.BinaryField(default=b"")
    address_sealed = models.BinaryField(default=b"")
    phone_hash = models.CharField(max_length=HASH_LENGTH, default="", db_index=True)
    id_no_hash = models.CharField(max_length=HASH_LENGTH, default="", db_index=True)
    name_masked = models.CharField(max_length=MASKED_LENGTH, default="")
    phone_masked = models.CharField(max_length=MASKED_LENGTH, default="")
    id_no_masked = models.CharField(max_length=MASKED_LENGTH, default="")
    address_masked = models.CharField(max_length=MASKED_LENGTH, default="")
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """The masked name."""
        return self.name_masked or "-"


class OrgStamp(models.Model):
    """One row whose random ``stamp`` changes whenever units or posts do: it names a state of the organisation.

    Random and not counted, so that a stamp seen in one database never fits another one's cache.
    """

    stamp = models.BigIntegerField()

    def __str__(self) -> str:
        """The stamp."""
        return str(self.stamp)
