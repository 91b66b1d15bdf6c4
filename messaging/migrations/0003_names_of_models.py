"""Models have the field's names: incoming messages, webhook events, subscriptions, credentials, assignments."""

import django.db.models.deletion
from django.db import migrations, models

from tenants.isolation.append_only import AppendOnly, EndAppendOnly


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_names_of_times")]

    operations = [
        EndAppendOnly("messaging_grantevent"),
        migrations.RenameModel("HeardMessage", "IncomingMessage"),
        migrations.RenameModel("InboundEvent", "WebhookEvent"),
        migrations.RenameModel("ReaderLink", "Subscription"),
        migrations.RenameModel("Grant", "Credential"),
        migrations.RenameModel("GrantEvent", "CredentialEvent"),
        migrations.RenameModel("TemplateUse", "TemplateAssignment"),
        migrations.AlterField("credential", "account", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="credential", to="messaging.channelaccount", verbose_name="tài khoản gửi")),
        migrations.AlterField("credentialevent", "account", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="credential_events", to="messaging.channelaccount", verbose_name="tài khoản gửi")),
        migrations.AlterField("subscription", "contact", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="subscriptions", to="messaging.contact", verbose_name="người nhận")),
        migrations.AlterField("subscription", "follower", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="subscriptions", to="messaging.follower", verbose_name="người quan tâm")),
        migrations.AlterField("templateassignment", "account", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="template_assignments", to="messaging.channelaccount", verbose_name="tài khoản gửi")),
        migrations.AlterField("templateassignment", "template", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="messaging.providertemplate", verbose_name="mẫu của kênh")),
        AppendOnly("messaging_credentialevent"),
    ]
