from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Applied',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(max_length=60, unique=True, verbose_name='bước')),
                ('at', models.DateTimeField(auto_now=True, verbose_name='lúc')),
                ('left', models.JSONField(default=dict, verbose_name='để lại')),
            ],
            options={
                'verbose_name': 'lần áp dụng thư mục',
                'verbose_name_plural': 'lần áp dụng thư mục',
                'default_permissions': (),
            },
        ),
    ]
