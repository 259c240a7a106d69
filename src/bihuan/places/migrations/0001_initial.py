import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Area',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=15, unique=True)),
                ('level', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=80)),
                ('a6', models.CharField(default='', max_length=6)),
                ('a9', models.CharField(default='', max_length=9)),
                ('a12', models.CharField(default='', max_length=12)),
                ('a15', models.CharField(default='', max_length=15)),
                ('valid_from', models.DateField(null=True)),
                ('valid_to', models.DateField(null=True)),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='places.area')),
            ],
            options={
                'indexes': [models.Index(fields=['a6', 'level'], name='places_area_a6'), models.Index(fields=['a9', 'level'], name='places_area_a9'), models.Index(fields=['a12', 'level'], name='places_area_a12')],
            },
        ),
    ]
