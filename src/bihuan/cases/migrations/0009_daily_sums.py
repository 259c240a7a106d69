"""Daily sums of what ended. The cases in which something ended lately wait for them: ``bihuan init`` or the worker takes them up."""

from datetime import timedelta

import django.db.models.deletion
from django.db import migrations, models

from bihuan.ledger import clock as ours

KEPT = timedelta(days=62)
"""Older ends stand in no sum."""


def wait(apps, schema_editor):
    """Mark the cases in which a limit ended or that were closed in the days that are kept."""
    since = ours.now() - KEPT
    thread, case, clock = (apps.get_model("cases", name) for name in ("Thread", "Case", "Clock"))
    ended = clock.objects.filter(stopped_at__gte=since).values("case_id")
    closed = case.objects.filter(closed_at__gte=since).values("pk")
    thread.objects.filter(models.Q(case_id__in=ended) | models.Q(case_id__in=closed), name="main").update(unsummed=True)


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0008_category_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="DayShare",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="day_share",
                        serialize=False, to="cases.case",
                    ),
                ),
                ("said", models.TextField()),
                ("last_day", models.IntegerField()),
            ],
            options={"indexes": [models.Index(fields=["last_day"], name="day_share_last")]},
        ),
        migrations.CreateModel(
            name="DaySum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cell", models.CharField(max_length=24)),
                ("day", models.IntegerField()),
                ("unit", models.BigIntegerField()),
                ("procedure", models.CharField(max_length=40)),
                ("about_unit", models.BigIntegerField()),
                ("about_account", models.BigIntegerField()),
                ("n", models.BigIntegerField()),
                ("whole", models.BigIntegerField()),
                ("late", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="day_sum_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("cell", "day", "unit", "procedure", "about_unit", "about_account"), name="day_sum_key"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="thread",
            name="unsummed",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.RunPython(wait, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="thread",
            name="unsummed",
            field=models.BooleanField(default=True, db_default=True),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(fields=["case"], name="thread_unsummed", condition=models.Q(("unsummed", True))),
        ),
    ]
