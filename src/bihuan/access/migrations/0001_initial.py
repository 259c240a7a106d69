import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry', models.BigIntegerField(unique=True)),
                ('account_id', models.BigIntegerField()),
                ('unit_id', models.BigIntegerField()),
                ('post', models.CharField(max_length=40)),
                ('contact_id', models.BigIntegerField()),
                ('case_id', models.BigIntegerField(default=0)),
                ('reason', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['contact_id'], name='access_look_contact'), models.Index(fields=['at'], name='access_look_at')],
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('stage', models.CharField(default='in', max_length=10)),
                ('factor_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('data', models.JSONField(default=dict)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('post', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.post')),
            ],
            options={
                'indexes': [models.Index(fields=['account'], name='access_session_account'), models.Index(fields=['ends_at'], name='access_session_ends')],
            },
        ),
    ]
