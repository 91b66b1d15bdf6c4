from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0006_supplements_in_parts")]

    operations = [
        migrations.AddField(
            model_name="filingsession",
            name="network_digest",
            field=models.CharField(default="", max_length=64, verbose_name="dấu của mạng"),
        ),
        migrations.AddField(
            model_name="filingsession",
            name="keeps_cookie",
            field=models.BooleanField(default=False, verbose_name="trình duyệt giữ cookie"),
        ),
    ]
