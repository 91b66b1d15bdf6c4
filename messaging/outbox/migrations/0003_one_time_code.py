import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0002_data_versions'),
    ]

    operations = [
        migrations.CreateModel(
            name='OneTimeCode',
            fields=[
                ('reference', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(max_length=40, verbose_name='mục đích')),
                ('subject', models.CharField(max_length=120, verbose_name='về việc')),
                ('phone_index', models.CharField(editable=False, max_length=64)),
                ('code_index', models.CharField(blank=True, editable=False, max_length=64)),
                ('created_at', models.DateTimeField(verbose_name='ghi lúc')),
                ('expires_at', models.DateTimeField(verbose_name='dùng đến')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='số lần thử')),
                ('used_at', models.DateTimeField(null=True, verbose_name='dùng lúc')),
            ],
            options={
                'verbose_name': 'mã xác nhận',
                'verbose_name_plural': 'mã xác nhận',
                'indexes': [models.Index(fields=['phone_index', 'created_at'], name='one_time_code_number'), models.Index(fields=['created_at'], name='one_time_code_age')],
            },
        ),
    ]
