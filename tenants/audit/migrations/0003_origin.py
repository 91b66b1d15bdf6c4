from django.db import migrations

from tenants.audit import log


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0001_initial"),
        ("audit", "0002_admin_log"),
    ]

    operations = [
        migrations.RunSQL(
            [log.ORIGIN],
            [
                "DROP TRIGGER IF EXISTS audit_auditentry_origin ON audit_auditentry",
                "DROP FUNCTION IF EXISTS set_origin()",
            ],
        ),
    ]
