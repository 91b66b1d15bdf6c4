from django.db import migrations

from tenants.audit import origin


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0001_initial"),
        ("audit", "0002_admin_log"),
    ]

    operations = [
        migrations.RunSQL(
            [origin.statement()],
            [f"DROP TRIGGER IF EXISTS {origin.TRIGGER} ON {origin.TABLE}", "DROP FUNCTION IF EXISTS set_origin()"],
        ),
    ]
