from django.db import migrations

from tenants.isolation.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("audit", "0001_initial"),
    ]

    operations = [
        AppendOnly("django_admin_log"),
    ]
