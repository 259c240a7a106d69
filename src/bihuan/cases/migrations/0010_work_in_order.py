"""What waits for a unit is read in the order in which it is shown, and only as much of it as is shown."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0009_daily_sums"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="thread", name="thread_work"),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(
                condition=models.Q(("open", True)), fields=["holder_unit", "due_at", "id"], name="thread_work"
            ),
        ),
    ]
