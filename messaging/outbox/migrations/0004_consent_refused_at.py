from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0003_one_time_code'),
    ]

    operations = [
        migrations.AddField(
            model_name='consent',
            name='refused_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
