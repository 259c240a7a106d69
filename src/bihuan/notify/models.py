"""The table of notices. A notice names what happened by key and number; words and names of residents never stand in it."""

from __future__ import annotations

from django.db import models


class Notice(models.Model):
    """Something one member of staff should know, in one of their posts.

    ``kind`` says what it is about, ``facts`` hold keys, numbers and instants for its sentence. ``ref`` names the occasion:
    the same occasion is written once for an account, however often its writer runs. ``case_id`` 0 = about no matter, then
    ``href`` (an address of the desk) is where it leads. It is shown from ``at`` on: outside office hours that is the next
    opening. ``post_id`` 0 = in whichever post.
    """

    account = models.ForeignKey("people.Account", models.CASCADE, related_name="+", db_index=False)
    post_id = models.BigIntegerField(default=0)
    kind = models.CharField(max_length=40)
    ref = models.CharField(max_length=200)
    case_id = models.BigIntegerField(default=0)
    href = models.CharField(max_length=200, blank=True, default="")
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "ref"], name="notice_once")]
        indexes = [
            models.Index(fields=["account", "at"], name="notice_unread", condition=models.Q(read_at__isnull=True)),
            models.Index(fields=["account", "-id"], name="notice_newest"),
        ]
