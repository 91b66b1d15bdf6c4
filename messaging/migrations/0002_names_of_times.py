"""Columns of moments are named after what happened then: written, received, reported, changed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]

    operations = [
        migrations.RenameField("follower", "state_told_at", "state_changed_at"),
        migrations.RenameField("heardmessage", "told_at", "written_at"),
        migrations.RenameField("rating", "told_at", "received_at"),
        migrations.RenameField("providertemplate", "told_at", "reported_at"),
        migrations.RenameField("channelaccount", "quota_told_at", "quota_reported_at"),
    ]
