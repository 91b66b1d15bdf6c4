from django.db import migrations, models
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DataVersion',
            fields=[
                ('topic', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('version', models.UUIDField()),
            ],
            options={
                'verbose_name': 'phiên bản dữ liệu',
                'verbose_name_plural': 'phiên bản dữ liệu',
                'default_permissions': (),
            },
        ),
        ChangesVersion("catalogue", "organisation_agency"),
    ]
