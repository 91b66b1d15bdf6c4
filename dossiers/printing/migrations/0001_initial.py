import tenants.clock
from django.db import migrations, models
from tenants.isolation.append_only import AppendOnly


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='FormTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, verbose_name='mã')),
                ('number', models.PositiveIntegerField(verbose_name='bản')),
                ('data', models.JSONField(verbose_name='nội dung')),
                ('created_at', models.DateTimeField(default=tenants.clock.now, verbose_name='ghi nhận lúc')),
            ],
            options={
                'verbose_name': 'mẫu giấy của tỉnh',
                'verbose_name_plural': 'mẫu giấy của tỉnh',
                'ordering': ['code', '-number'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('code', 'number'), name='formtemplate_one_number')],
            },
        ),
        AppendOnly("printing_formtemplate"),
    ]
