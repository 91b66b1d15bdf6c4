from django.db import migrations
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0002_data_versions'),
        ('procedures', '0001_initial'),
    ]

    operations = [
        ChangesVersion(
            "catalogue", "procedures_sector", "procedures_procedure", "procedures_procedureversion",
            "procedures_requireddocument", "procedures_fee", "procedures_synonym", "procedures_searchword",
        ),
    ]
