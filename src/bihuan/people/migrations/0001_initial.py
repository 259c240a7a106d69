import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('places', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_sealed', models.BinaryField(default=b'')),
                ('phone_sealed', models.BinaryField(default=b'')),
                ('id_no_sealed', models.BinaryField(default=b'')),
                ('address_sealed', models.BinaryField(default=b'')),
                ('phone_hash', models.CharField(db_index=True, default='', max_length=64)),
                ('id_no_hash', models.CharField(db_index=True, default='', max_length=64)),
                ('name_masked', models.CharField(default='', max_length=120)),
                ('phone_masked', models.CharField(default='', max_length=120)),
                ('id_no_masked', models.CharField(default='', max_length=120)),
                ('address_masked', models.CharField(default='', max_length=120)),
                ('is_demo', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('erased_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='OrgStamp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stamp', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('username', models.CharField(max_length=60, unique=True)),
                ('email', models.CharField(blank=True, default='', max_length=160)),
                ('staff_no', models.CharField(blank=True, default='', max_length=40)),
                ('mobile_sealed', models.BinaryField(default=b'')),
                ('mobile_hash', models.CharField(blank=True, default='', max_length=64)),
                ('name', models.CharField(max_length=60)),
                ('language', models.CharField(default='zh-hans', max_length=10)),
                ('is_active', models.BooleanField(default=True)),
                ('is_demo', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('email', ''), _negated=True), fields=('email',), name='people_account_email'), models.UniqueConstraint(condition=models.Q(('staff_no', ''), _negated=True), fields=('staff_no',), name='people_account_staff_no'), models.UniqueConstraint(condition=models.Q(('mobile_hash', ''), _negated=True), fields=('mobile_hash',), name='people_account_mobile')],
            },
        ),
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, unique=True)),
                ('office', models.CharField(default='', max_length=60)),
                ('kind', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=80)),
                ('path', models.CharField(default='', max_length=200)),
                ('centre', models.BooleanField(default=False)),
                ('valid_to', models.DateField(null=True)),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area')),
                ('superior', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='inferiors', to='people.unit')),
            ],
        ),
        migrations.CreateModel(
            name='Post',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40)),
                ('valid_from', models.DateField(null=True)),
                ('valid_to', models.DateField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to=settings.AUTH_USER_MODEL)),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='people.unit')),
            ],
        ),
        migrations.AddIndex(
            model_name='unit',
            index=models.Index(fields=['kind', 'area'], name='people_unit_kind_area'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(fields=['unit', 'key'], name='people_post_unit_key'),
        ),
        migrations.AddConstraint(
            model_name='post',
            constraint=models.UniqueConstraint(fields=('account', 'unit', 'key', 'area'), name='people_post_once'),
        ),
    ]
