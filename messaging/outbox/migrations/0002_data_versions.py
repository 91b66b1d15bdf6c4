from django.db import migrations
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0001_initial'),
        ('organisation', '0002_data_versions'),
    ]

    operations = [
        ChangesVersion("catalogue", "messaging_template", "messaging_sendingrules"),
        # How far a broadcast is stands in the same rows and is written often; no page shows it.
        ChangesVersion(
            "news",
            "messaging_publication",
            columns=(
                "kind", "title", "summary", "body", "title_en", "summary_en", "body_en", "area", "area_en",
                "issuer_id", "starts_at", "ends_at", "publish_from", "publish_until", "short_notice_reason",
                "published_at", "corrected_at", "withdrawn_at", "withdrawn_reason",
            ),
        ),
    ]
