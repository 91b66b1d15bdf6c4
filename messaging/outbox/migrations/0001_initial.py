import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import tenants.isolation.crypto
import uuid
from django.conf import settings
from django.db import migrations, models
from tenants.isolation.append_only import AppendOnly
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('channels', '0001_initial'),
        ('contacts', '0001_initial'),
        ('organisation', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='mẫu tin')),
                ('title', models.CharField(max_length=100, verbose_name='tiêu đề')),
                ('body', models.TextField(verbose_name='nội dung')),
                ('button', models.CharField(blank=True, max_length=30, verbose_name='nút')),
            ],
            options={
                'verbose_name': 'lời tin',
                'verbose_name_plural': 'lời tin',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(db_index=True, max_length=120, verbose_name='về việc')),
                ('event', models.CharField(max_length=40, verbose_name='sự kiện')),
                ('intent', models.CharField(max_length=60, verbose_name='mẫu tin')),
                ('name', models.CharField(max_length=200, verbose_name='gọi cho')),
                ('phone', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='số điện thoại')),
                ('title', models.CharField(max_length=200, verbose_name='tiêu đề')),
                ('body', models.TextField(verbose_name='điều cần báo')),
                ('reason', models.CharField(choices=[('failed', 'không gửi được'), ('expired', 'quá hạn gửi'), ('no_channel', 'không có kênh nào đến được'), ('no_consent', 'chưa đồng ý nhận tin'), ('uncertain', 'không rõ tin đã đến chưa')], max_length=12, verbose_name='vì sao phải gọi')),
                ('problem', models.TextField(blank=True, verbose_name='vướng mắc')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='ghi lúc')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='xong lúc')),
                ('outcome', models.CharField(blank=True, choices=[('told', 'đã báo được'), ('told_otherwise', 'đã báo bằng cách khác'), ('unreachable', 'không thể báo được'), ('overtaken', 'đã có tin mới hơn'), ('needless', 'không cần báo nữa')], max_length=16, verbose_name='kết quả')),
                ('desk', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='bộ phận báo tin')),
            ],
            options={
                'verbose_name': 'cuộc gọi cần thực hiện',
                'verbose_name_plural': 'cần gọi điện',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='CallTry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='lúc')),
                ('outcome', models.CharField(choices=[('told', 'đã báo được'), ('told_otherwise', 'đã báo bằng cách khác'), ('no_answer', 'không nghe máy, gọi lại sau'), ('unreachable', 'không thể báo được (sai số, số không dùng)')], max_length=16, verbose_name='kết quả')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='ghi chú')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người gọi')),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tries', to='messaging.call', verbose_name='cuộc gọi')),
            ],
            options={
                'verbose_name': 'lần gọi',
                'verbose_name_plural': 'các lần gọi',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tracking_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='mã theo dõi')),
                ('key', models.CharField(editable=False, max_length=64)),
                ('subject', models.CharField(max_length=120, verbose_name='về việc')),
                ('event', models.CharField(max_length=40, verbose_name='sự kiện')),
                ('intent', models.CharField(max_length=60, verbose_name='mẫu tin')),
                ('purpose', models.CharField(max_length=40, verbose_name='mục đích')),
                ('reader', models.CharField(blank=True, max_length=200, verbose_name='gửi cho')),
                ('route', models.JSONField(blank=True, default=list, verbose_name='các kênh tiếp theo')),
                ('ways_done', models.JSONField(blank=True, default=list, verbose_name='đường đã thử')),
                ('title', models.CharField(max_length=200, verbose_name='tiêu đề')),
                ('body', models.TextField(verbose_name='nội dung')),
                ('rows', models.JSONField(blank=True, default=list, verbose_name='các dòng')),
                ('button_label', models.CharField(blank=True, max_length=60, verbose_name='nút')),
                ('button_url', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='liên kết')),
                ('facts', tenants.isolation.crypto.EncryptedField(blank=True, editable=False)),
                ('state', models.CharField(choices=[('queued', 'chờ gửi'), ('sending', 'đang gửi'), ('accepted', 'kênh đã nhận'), ('delivered', 'đã đến'), ('seen', 'đã xem'), ('deferred', 'sẽ gửi lại'), ('failed', 'không gửi được'), ('unknown', 'chưa rõ đã đến chưa'), ('suppressed', 'không gửi'), ('expired', 'quá hạn')], default='queued', max_length=12, verbose_name='trạng thái')),
                ('not_before', models.DateTimeField(verbose_name='gửi từ')),
                ('next_attempt_at', models.DateTimeField(verbose_name='lần gửi tới')),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='số lần gửi')),
                ('sent_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='ghi lúc')),
                ('accepted_at', models.DateTimeField(blank=True, null=True, verbose_name='kênh nhận lúc')),
                ('delivered_at', models.DateTimeField(blank=True, null=True, verbose_name='đến lúc')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='xong lúc')),
                ('problem', models.TextField(blank=True, verbose_name='vướng mắc')),
                ('recalled_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='thu hồi lúc')),
                ('replaceable', models.BooleanField(default=False, verbose_name='tin mới hơn thay được')),
                ('can_wait', models.BooleanField(default=False, verbose_name='chỉ gửi trong giờ')),
                ('bulk', models.BooleanField(default=False, editable=False, verbose_name='tin của đợt gửi')),
                ('expires_at', models.DateTimeField(verbose_name='quá hạn lúc')),
                ('stopped', models.BooleanField(default=False, editable=False, verbose_name='thôi dùng kênh này')),
                ('provider_id', models.CharField(blank=True, max_length=100, verbose_name='mã của kênh')),
                ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='xem lúc')),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='contacts.contact', verbose_name='người nhận')),
                ('desk', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='bộ phận báo tin')),
                ('follower', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='contacts.follower', verbose_name='trả lời cho')),
                ('lane', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='channels.lane', verbose_name='luồng tin')),
                ('superseded_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='supersedes', to='messaging.message', verbose_name='tin thay thế')),
            ],
            options={
                'verbose_name': 'tin gửi',
                'verbose_name_plural': 'tin gửi',
                'ordering': ['-pk'],
            },
        ),
        migrations.AddField(
            model_name='call',
            name='message',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='call', to='messaging.message', verbose_name='tin gửi'),
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='lần')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('kind', models.CharField(choices=[('send', 'gửi'), ('ask', 'hỏi lại kênh'), ('receipt', 'kênh báo lại')], default='send', max_length=8, verbose_name='việc')),
                ('started_at', models.DateTimeField(null=True, verbose_name='bắt đầu')),
                ('ended_at', models.DateTimeField(verbose_name='kết thúc')),
                ('outcome', models.CharField(choices=[('accepted', 'kênh đã nhận'), ('delivered', 'đã đến'), ('seen', 'đã xem'), ('temporary', 'chưa gửi được, sẽ thử lại'), ('permanent', 'không gửi được'), ('unknown', 'đứt kết nối, chưa rõ đã đến chưa'), ('lapsed', 'tiến trình gửi dừng giữa chừng'), ('absent', 'kênh chưa nhận được tin'), ('undelivered', 'kênh báo không đến được'), ('untold', 'kênh không trả lời được'), ('later', 'chưa hỏi được, sẽ hỏi lại'), ('awaited', 'chờ kênh báo lại')], max_length=12, verbose_name='kết quả')),
                ('code', models.CharField(blank=True, max_length=40, verbose_name='mã của kênh')),
                ('detail', models.CharField(blank=True, max_length=500, verbose_name='chi tiết')),
                ('way', models.CharField(blank=True, max_length=20, verbose_name='đường gửi')),
                ('cost', models.PositiveIntegerField(default=0, verbose_name='giá (đồng)')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempt_rows', to='messaging.message')),
            ],
            options={
                'verbose_name': 'lần gửi',
                'verbose_name_plural': 'các lần gửi',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='OneTimeCode',
            fields=[
                ('reference', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(max_length=40, verbose_name='mục đích')),
                ('subject', models.CharField(max_length=120, verbose_name='về việc')),
                ('phone_index', models.CharField(editable=False, max_length=64)),
                ('code_index', models.CharField(blank=True, editable=False, max_length=64)),
                ('created_at', models.DateTimeField(verbose_name='ghi lúc')),
                ('expires_at', models.DateTimeField(verbose_name='dùng đến')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='số lần thử')),
                ('used_at', models.DateTimeField(null=True, verbose_name='dùng lúc')),
            ],
            options={
                'verbose_name': 'mã xác nhận',
                'verbose_name_plural': 'mã xác nhận',
                'indexes': [models.Index(fields=['phone_index', 'created_at'], name='one_time_code_number'), models.Index(fields=['created_at'], name='one_time_code_age')],
            },
        ),
        migrations.CreateModel(
            name='ProviderTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, verbose_name='mã mẫu')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='tên mẫu')),
                ('state', models.CharField(choices=[('enabled', 'được duyệt'), ('pending', 'chờ duyệt'), ('rejected', 'bị từ chối'), ('disabled', 'bị ngừng')], default='pending', max_length=10, verbose_name='trạng thái')),
                ('tag', models.CharField(blank=True, max_length=40, verbose_name='loại')),
                ('quality', models.CharField(blank=True, max_length=20, verbose_name='chất lượng')),
                ('parameters', models.JSONField(blank=True, default=list, verbose_name='tham số')),
                ('ways', models.JSONField(blank=True, default=list, verbose_name='đường gửi')),
                ('ways_closed', models.JSONField(blank=True, default=list, verbose_name='đường gửi bị từ chối')),
                ('price', models.JSONField(blank=True, default=dict, verbose_name='giá (đồng)')),
                ('cause', models.CharField(blank=True, max_length=500, verbose_name='nguyên nhân')),
                ('dropped_after', models.DurationField(blank=True, null=True, verbose_name='thôi phát sau')),
                ('preview_url', models.URLField(blank=True, max_length=500, verbose_name='bản xem trước')),
                ('fetched_at', models.DateTimeField(blank=True, null=True, verbose_name='đọc lúc')),
                ('reported_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='provider_templates', to='channels.channelaccount', verbose_name='tài khoản gửi')),
            ],
            options={
                'verbose_name': 'mẫu của kênh',
                'verbose_name_plural': 'mẫu của kênh',
                'ordering': ['account_id', 'code'],
            },
        ),
        migrations.CreateModel(
            name='SendingRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('window_from', models.TimeField(default=datetime.time(7, 0), verbose_name='gửi từ giờ')),
                ('window_until', models.TimeField(default=datetime.time(21, 30), verbose_name='đến giờ')),
                ('expires_after_hours', models.PositiveIntegerField(default=24, help_text='Tin chưa gửi được sau bấy nhiêu giờ thì không gửi nữa mà chuyển sang gọi điện.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(72)], verbose_name='tin quá hạn sau (giờ)')),
            ],
            options={
                'verbose_name': 'giờ gửi tin',
                'verbose_name_plural': 'giờ gửi tin',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_row_of_rules'), models.CheckConstraint(condition=models.Q(('window_from__lt', models.F('window_until'))), name='window_is_a_span')],
            },
        ),
        migrations.CreateModel(
            name='TemplateAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('intent', models.CharField(max_length=60, verbose_name='mẫu tin')),
                ('parameters', models.JSONField(blank=True, default=dict, verbose_name='chỗ điền')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='template_assignments', to='channels.channelaccount', verbose_name='tài khoản gửi')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='messaging.providertemplate', verbose_name='mẫu của kênh')),
            ],
            options={
                'verbose_name': 'mẫu dùng cho tin',
                'verbose_name_plural': 'mẫu dùng cho tin',
                'ordering': ['intent'],
            },
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('superseded_by__isnull', False)), fields=['superseded_by'], name='messaging_replaced'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state__in', ('queued', 'deferred', 'sending', 'unknown'))), fields=['lane', 'next_attempt_at', 'id'], name='messaging_due'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['subject', 'contact', 'id'], name='messaging_subject'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state__in', ('queued', 'deferred'))), fields=['expires_at'], name='messaging_expiry'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('provider_id', ''), _negated=True), fields=['provider_id'], name='messaging_provider'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('follower__isnull', False)), fields=['follower'], name='messaging_answered'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('finished_at__isnull', True), ('state', 'accepted')), fields=['lane', 'next_attempt_at'], name='messaging_receipt'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state__in', ('failed', 'expired'))), fields=['lane', 'finished_at'], name='messaging_dead'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('key',), name='one_message_per_key'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('contact__isnull', False), ('follower__isnull', True)), models.Q(('contact__isnull', True), ('follower__isnull', False)), _connector='OR'), name='message_has_one_reader'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['desk', 'id'], name='messaging_calls'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.UniqueConstraint(condition=models.Q(('message__isnull', True)), fields=('subject', 'event', 'intent', 'name'), name='one_call_without_message'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', ''), ('settled_at__isnull', True)), models.Q(('settled_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='settled_with_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='providertemplate',
            constraint=models.UniqueConstraint(fields=('account', 'code'), name='one_provider_template_per_code'),
        ),
        migrations.AddConstraint(
            model_name='templateassignment',
            constraint=models.UniqueConstraint(fields=('account', 'intent'), name='one_form_per_message'),
        ),
        migrations.AddConstraint(
            model_name='templateassignment',
            constraint=models.CheckConstraint(condition=models.Q(('intent', ''), _negated=True), name='form_is_for_a_message'),
        ),
        AppendOnly("messaging_attempt"),
        AppendOnly("messaging_calltry"),
        ChangesVersion("catalogue", "messaging_template", "messaging_sendingrules"),
    ]
