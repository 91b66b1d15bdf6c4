from django.db import migrations, models
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    dependencies = [
        ('dossiers', '0001_initial'),
        ('organisation', '0002_data_versions'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('status__in', [3, 7, 8, 9, 10])), fields=['at', 'dossier'], name='events_that_end'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('undoes__isnull', False)), fields=['dossier', 'undoes'], name='events_that_undo'),
        ),
        ChangesVersion(
            "catalogue", "dossiers_calendarversion", "dossiers_workflowversion", "dossiers_workflowassignment"
        ),
        ChangesVersion("figures", "dossiers_statisticssnapshot"),
    ]
