"""An announcement and its broadcast are one row: a publication. It keeps the number of the announcement."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATES = [('draft', 'bản nháp'), ('asked', 'chờ duyệt'), ('approved', 'đã duyệt, chờ đến giờ'), ('running', 'đang gửi'), ('paused', 'tạm dừng'), ('done', 'đã gửi xong'), ('stopped', 'đã dừng hẳn')]
MOVED = [
    ("audiences", models.JSONField(default=dict, verbose_name="gửi đến")),
    ("scheduled_for", models.DateTimeField(blank=True, null=True, verbose_name="hẹn gửi lúc")),
    ("state", models.CharField(choices=STATES, default="draft", max_length=10, verbose_name="trạng thái")),
    ("words", models.JSONField(default=dict, editable=False)),
    ("counted", models.JSONField(default=dict, editable=False)),
    ("counted_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="đếm lúc")),
    ("asked_at", models.DateTimeField(blank=True, null=True, verbose_name="xin duyệt lúc")),
    ("asked_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="người xin duyệt")),
    ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="duyệt lúc")),
    ("approved_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="người duyệt")),
    ("returned_because", models.CharField(blank=True, max_length=500, verbose_name="lý do trả lại")),
    ("stopped_because", models.CharField(blank=True, max_length=500, verbose_name="lý do dừng")),
    ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="bắt đầu gửi lúc")),
    ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="xong lúc")),
    ("tests", models.PositiveIntegerField(default=0, editable=False, verbose_name="số lần gửi thử")),
    ("cursor", models.JSONField(default=dict, editable=False)),
    ("next_step_at", models.DateTimeField(blank=True, editable=False, null=True)),
    ("restored_at", models.DateTimeField(blank=True, editable=False, null=True)),
]


def move(apps, schema_editor):
    """Write each broadcast into the row of its announcement, and what hangs on it, too."""
    model = apps.get_model
    Publication, Broadcast = model("messaging", "Publication"), model("messaging", "Broadcast")
    for broadcast in Broadcast.objects.order_by("pk"):
        publication = Publication.objects.get(pk=broadcast.announcement_id)
        for name, field in MOVED:
            column = f"{name}_id" if isinstance(field, models.ForeignKey) else name
            setattr(publication, column, getattr(broadcast, column))
        publication.authors = sorted({*publication.authors, *broadcast.authors})
        publication.version = max(publication.version, broadcast.version) + 1
        publication.written_at = max(publication.written_at, broadcast.written_at)
        publication.save()
        for name in ("PublicationRecipient", "PublicationArticle"):
            model("messaging", name).objects.filter(broadcast=broadcast).update(publication=publication)
    if Publication.objects.exists():
        # What these updates left to check at the end is checked now: tables with such checks cannot be altered.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


def rename_permissions(apps, schema_editor):
    """Rights to announce, or to broadcast, that were given to single accounts stay under the new name."""
    given = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="messaging")
    for permission in given.filter(codename__endswith="_announcement"):
        permission.codename = permission.codename.replace("_announcement", "_publication")
        permission.save(update_fields=["codename"])
    kind = apps.get_model("contenttypes", "ContentType").objects.filter(app_label="messaging", model="publication")
    for permission in given.filter(codename="change_broadcast"):
        permission.content_type, permission.codename = kind.get(), "send_publication"
        permission.name = "Gửi thông báo đến nhiều người"
        permission.save(update_fields=["content_type", "codename", "name"])


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0003_names_of_models"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RenameModel("Announcement", "Publication"),
        migrations.RenameModel("BroadcastRecipient", "PublicationRecipient"),
        migrations.RenameModel("BroadcastArticle", "PublicationArticle"),
        *(migrations.AddField("publication", name, field) for name, field in MOVED),
        migrations.AddField("publicationrecipient", "publication", models.ForeignKey(null=True, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="recipients", to="messaging.publication")),
        migrations.AddField("publicationarticle", "publication", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="articles", to="messaging.publication")),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.RunPython(rename_permissions, migrations.RunPython.noop),
        migrations.RemoveConstraint("publicationrecipient", "once_to_each_person"),
        migrations.RemoveIndex("publicationrecipient", "messaging_to_be_fed"),
        migrations.RemoveConstraint("publicationarticle", "one_article_per_account"),
        migrations.RemoveField("publicationrecipient", "broadcast"),
        migrations.RemoveField("publicationarticle", "broadcast"),
        migrations.DeleteModel("Broadcast"),
        migrations.AlterField("publicationrecipient", "publication", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="recipients", to="messaging.publication")),
        migrations.AlterField("publicationarticle", "publication", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="articles", to="messaging.publication")),
        migrations.AddConstraint("publicationrecipient", models.UniqueConstraint(fields=("publication", "person"), name="once_to_each_person")),
        migrations.AddIndex("publicationrecipient", models.Index(condition=models.Q(("message__isnull", True), ("passed_over", "")), fields=["publication", "id"], name="messaging_to_be_fed")),
        migrations.AddConstraint("publicationarticle", models.UniqueConstraint(fields=("publication", "account"), name="one_article_per_account")),
        migrations.AddIndex("publication", models.Index(condition=models.Q(("next_step_at__isnull", False)), fields=["next_step_at"], name="messaging_publication_next")),
        migrations.AddConstraint("publication", models.CheckConstraint(condition=models.Q(("approved_by__isnull", True), models.Q(("approved_by", models.F("asked_by")), _negated=True), _connector="OR"), name="approved_by_a_second_person")),
        migrations.AddConstraint("publication", models.CheckConstraint(condition=models.Q(models.Q(("state__in", ("approved", "running", "paused", "done")), _negated=True), models.Q(("approved_by__isnull", False), ("asked_by__isnull", False)), _connector="OR"), name="sent_when_approved")),
        migrations.AlterModelOptions("publication", options={"ordering": ["-publish_from", "-pk"], "permissions": [("send_publication", "Gửi thông báo đến nhiều người")], "verbose_name": "thông báo", "verbose_name_plural": "thông báo"}),
    ]
