from django.db import migrations, models
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    dependencies = [
        ('procedures', '0008_filing_decision'),
    ]

    operations = [
        migrations.CreateModel(
            name='FilingRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField(verbose_name='nội dung')),
            ],
            options={
                'verbose_name': 'quy tắc nộp hồ sơ của tỉnh',
                'verbose_name_plural': 'quy tắc nộp hồ sơ của tỉnh',
                'default_permissions': (),
            },
        ),
        ChangesVersion("catalogue", "procedures_filingrules"),
    ]
