from django.db import migrations, models


class Migration(migrations.Migration):
    """A request for papers may be answered in parts: one open draft at a time."""

    dependencies = [("dossiers", "0005_apologies_by_day")]

    operations = [
        migrations.RemoveConstraint(model_name="filingdraft", name="one_supplement_draft_per_request"),
        migrations.AddConstraint(
            model_name="filingdraft",
            constraint=models.UniqueConstraint(
                fields=["supplement_of", "supplement_sequence"],
                condition=models.Q(filed_at=None),
                name="one_open_supplement_per_request",
            ),
        ),
    ]
