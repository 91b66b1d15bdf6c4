from django.db import migrations, models
from tenants.isolation.append_only import AppendOnly
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, verbose_name='mã')),
                ('number', models.PositiveIntegerField(verbose_name='bản')),
                ('data', models.JSONField(verbose_name='nội dung')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='tạo lúc')),
            ],
            options={
                'verbose_name': 'lịch làm việc',
                'verbose_name_plural': 'lịch làm việc',
                'ordering': ['code', '-number'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('code', 'number'), name='calendarversion_one_number')],
            },
        ),
        AppendOnly("deadlines_calendarversion"),
        ChangesVersion("catalogue", "deadlines_calendarversion"),
    ]
