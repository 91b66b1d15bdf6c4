from django.db import migrations, models
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    dependencies = [
        ('procedures', '0002_data_versions'),
    ]

    operations = [
        migrations.CreateModel(
            name='LifeEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=60, unique=True, verbose_name='tên trong địa chỉ')),
                ('content', models.JSONField(verbose_name='nội dung')),
            ],
            options={
                'verbose_name': 'việc trong đời',
                'verbose_name_plural': 'việc trong đời',
                'ordering': ['slug'],
            },
        ),
        ChangesVersion("catalogue", "procedures_lifeevent"),
    ]
