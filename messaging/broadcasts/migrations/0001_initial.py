import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('channels', '0001_initial'),
        ('contacts', '0001_initial'),
        ('messaging', '0001_initial'),
        ('organisation', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('news', 'tin'), ('urgent', 'tin khẩn'), ('outage', 'tạm dừng theo kế hoạch')], default='news', max_length=10, verbose_name='loại')),
                ('title', models.CharField(max_length=150, verbose_name='tiêu đề')),
                ('summary', models.TextField(verbose_name='tóm tắt')),
                ('body', models.TextField(blank=True, verbose_name='nội dung')),
                ('title_en', models.CharField(blank=True, max_length=150, verbose_name='tiêu đề tiếng Anh')),
                ('summary_en', models.TextField(blank=True, verbose_name='tóm tắt tiếng Anh')),
                ('body_en', models.TextField(blank=True, verbose_name='nội dung tiếng Anh')),
                ('area', models.CharField(blank=True, max_length=200, verbose_name='áp dụng cho')),
                ('area_en', models.CharField(blank=True, max_length=200, verbose_name='áp dụng cho, bằng tiếng Anh')),
                ('starts_at', models.DateTimeField(blank=True, null=True, verbose_name='bắt đầu')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='kết thúc')),
                ('publish_from', models.DateTimeField(blank=True, null=True, verbose_name='đăng từ')),
                ('publish_until', models.DateTimeField(blank=True, null=True, verbose_name='đăng đến')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='lần ghi')),
                ('authors', models.JSONField(default=list, editable=False)),
                ('written_at', models.DateTimeField(verbose_name='ghi lúc')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='công bố lúc')),
                ('corrected_at', models.DateTimeField(blank=True, null=True, verbose_name='sửa lúc')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='rút lại lúc')),
                ('withdrawn_reason', models.TextField(blank=True, verbose_name='lý do rút lại')),
                ('audiences', models.JSONField(default=list, verbose_name='gửi đến')),
                ('scheduled_for', models.DateTimeField(blank=True, null=True, verbose_name='hẹn gửi lúc')),
                ('state', models.CharField(choices=[('draft', 'bản nháp'), ('asked', 'chờ duyệt'), ('approved', 'đã duyệt, chờ đến giờ'), ('running', 'đang gửi'), ('paused', 'tạm dừng'), ('done', 'đã gửi xong'), ('stopped', 'đã dừng hẳn')], default='draft', max_length=10, verbose_name='trạng thái')),
                ('words', models.JSONField(default=dict, editable=False)),
                ('counted', models.JSONField(default=list, editable=False)),
                ('counted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='đếm lúc')),
                ('asked_at', models.DateTimeField(blank=True, null=True, verbose_name='xin duyệt lúc')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='duyệt lúc')),
                ('returned_because', models.CharField(blank=True, max_length=500, verbose_name='lý do trả lại')),
                ('stopped_because', models.CharField(blank=True, max_length=500, verbose_name='lý do dừng')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='bắt đầu gửi lúc')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='xong lúc')),
                ('cursor', models.JSONField(default=dict, editable=False)),
                ('next_step_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('restored_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người duyệt')),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người xin duyệt')),
                ('issuer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='cơ quan thông báo')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người ghi')),
            ],
            options={
                'verbose_name': 'thông báo',
                'verbose_name_plural': 'thông báo',
                'ordering': ['-publish_from', '-pk'],
                'permissions': [('send_publication', 'Gửi thông báo đến nhiều người')],
            },
        ),
        migrations.CreateModel(
            name='PublicationArticle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('to_create', 'chờ tạo bài viết'), ('created', 'kênh đang xử lý bài viết'), ('ready', 'bài viết sẵn sàng'), ('sending', 'đang gửi bài viết'), ('sent', 'đã gửi bài viết'), ('unknown', 'chưa rõ đã gửi chưa'), ('failed', 'không gửi được')], default='to_create', max_length=10, verbose_name='trạng thái')),
                ('followers', models.PositiveIntegerField(default=0, verbose_name='người quan tâm')),
                ('token', models.CharField(blank=True, editable=False, max_length=300)),
                ('article_id', models.CharField(blank=True, editable=False, max_length=100)),
                ('provider_id', models.CharField(blank=True, editable=False, max_length=100, verbose_name='mã của kênh')),
                ('tries', models.PositiveIntegerField(default=0, verbose_name='số lần thử')),
                ('troubles', models.PositiveIntegerField(default=0, editable=False)),
                ('problem', models.CharField(blank=True, max_length=500, verbose_name='vướng mắc')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='gửi lúc')),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('next_try_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='channels.channelaccount')),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='articles', to='broadcasts.publication')),
            ],
            options={
                'verbose_name': 'bài viết của đợt gửi',
                'verbose_name_plural': 'bài viết của đợt gửi',
            },
        ),
        migrations.CreateModel(
            name='PublicationRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('contact', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.contact')),
                ('message', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='broadcast_recipient', to='messaging.message')),
                ('publication', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='broadcasts.publication')),
            ],
            options={
                'verbose_name': 'người nhận của đợt gửi',
                'verbose_name_plural': 'người nhận của đợt gửi',
            },
        ),
        migrations.AddIndex(
            model_name='publication',
            index=models.Index(condition=models.Q(('published_at__isnull', False)), fields=['-publish_from', '-id'], name='messaging_announced'),
        ),
        migrations.AddIndex(
            model_name='publication',
            index=models.Index(condition=models.Q(('next_step_at__isnull', False)), fields=['next_step_at'], name='broadcasts_publication_next'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(('published_at__isnull', True), ('publish_from__isnull', False), _connector='OR'), name='published_from_a_moment'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), ('published_at__isnull', False), _connector='OR'), name='only_published_is_withdrawn'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'outage'), _negated=True), models.Q(('ends_at__gt', models.F('starts_at')), ('publish_until', models.F('ends_at')), ('starts_at__isnull', False)), _connector='OR'), name='outage_ends_by_itself'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('asked_by')), _negated=True), _connector='OR'), name='approved_by_a_second_person'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('approved', 'running', 'paused', 'done')), _negated=True), models.Q(('approved_by__isnull', False), ('asked_by__isnull', False)), _connector='OR'), name='sent_when_approved'),
        ),
        migrations.AddConstraint(
            model_name='publicationarticle',
            constraint=models.UniqueConstraint(fields=('publication', 'account'), name='one_article_per_account'),
        ),
        migrations.AddIndex(
            model_name='publicationrecipient',
            index=models.Index(condition=models.Q(('message__isnull', True)), fields=['publication', 'id'], name='messaging_to_be_fed'),
        ),
        migrations.AddConstraint(
            model_name='publicationrecipient',
            constraint=models.UniqueConstraint(fields=('publication', 'contact'), name='once_to_each_person'),
        ),
        # How far a broadcast is stands in the same rows and is written often; no page shows it.
        ChangesVersion(
            "news",
            "broadcasts_publication",
            columns=(
                "kind", "title", "summary", "body", "title_en", "summary_en", "body_en", "area", "area_en",
                "issuer_id", "starts_at", "ends_at", "publish_from", "publish_until", "published_at", "corrected_at",
                "withdrawn_at", "withdrawn_reason",
            ),
        ),
    ]
