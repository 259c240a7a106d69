"""The index of the search. Every case that is there waits for it: ``bihuan init`` takes them up, or the worker by and by."""

from django.db import migrations, models

from bihuan.cases import search_index


def create(apps, schema_editor):
    search_index.create(schema_editor.connection)


def drop(apps, schema_editor):
    search_index.drop(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='unindexed',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('unindexed', True)), fields=['id'], name='case_unindexed'),
        ),
        migrations.RunPython(create, drop),
    ]
