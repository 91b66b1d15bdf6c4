from django.db import migrations

from tenants.isolation.append_only import AppendOnly


class Migration(migrations.Migration):
    """What a dossier was received under stays as it was: versions, their papers and fees are never changed."""

    dependencies = [("procedures", "0001_initial")]

    operations = [
        AppendOnly("procedures_procedureversion"),
        AppendOnly("procedures_requireddocument"),
        AppendOnly("procedures_fee"),
    ]
