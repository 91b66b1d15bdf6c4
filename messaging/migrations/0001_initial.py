import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import tenants.crypto
import uuid
from django.conf import settings
from django.db import migrations, models
from tenants.append_only import AppendOnly


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organisation', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='họ tên hoặc tên tổ chức')),
                ('is_organisation', models.BooleanField(default=False, verbose_name='là tổ chức')),
                ('phone', tenants.crypto.EncryptedField(verbose_name='số điện thoại')),
                ('phone_index', models.CharField(editable=False, max_length=64, unique=True)),
                ('phone_last4_index', models.CharField(db_index=True, editable=False, max_length=64)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='ghi lúc')),
            ],
            options={
                'verbose_name': 'người nhận',
                'verbose_name_plural': 'người nhận',
            },
        ),
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
                ('phone', tenants.crypto.EncryptedField(blank=True, verbose_name='số điện thoại')),
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
            name='ChannelAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('name', models.CharField(max_length=60, verbose_name='tài khoản')),
                ('external_id', models.CharField(blank=True, max_length=80, verbose_name='mã tài khoản ở kênh')),
                ('config', models.JSONField(blank=True, default=dict, verbose_name='cấu hình')),
                ('secrets', tenants.crypto.EncryptedField(blank=True, verbose_name='bí mật')),
                ('generation', models.PositiveIntegerField(default=0, editable=False, verbose_name='đời khóa')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='đổi lúc')),
            ],
            options={
                'verbose_name': 'tài khoản gửi',
                'verbose_name_plural': 'tài khoản gửi',
                'constraints': [models.UniqueConstraint(fields=('channel', 'name'), name='one_account_per_name')],
            },
        ),
        migrations.CreateModel(
            name='InboundEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('account', models.CharField(max_length=60, verbose_name='tài khoản')),
                ('key', models.CharField(editable=False, max_length=64, unique=True)),
                ('raw', tenants.crypto.EncryptedField(verbose_name='nguyên văn')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='nhận lúc')),
                ('state', models.CharField(choices=[('new', 'chưa xử lý'), ('done', 'đã xử lý'), ('ignored', 'không liên quan'), ('failed', 'xử lý lỗi')], default='new', max_length=8, verbose_name='trạng thái')),
                ('tries', models.PositiveIntegerField(default=0, verbose_name='số lần xử lý')),
                ('next_try_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='xử lý lại lúc')),
                ('handled_at', models.DateTimeField(blank=True, null=True, verbose_name='xong lúc')),
                ('problem', models.CharField(blank=True, max_length=500, verbose_name='vướng mắc')),
            ],
            options={
                'verbose_name': 'tin từ kênh',
                'verbose_name_plural': 'tin từ kênh',
                'ordering': ['pk'],
                'indexes': [models.Index(condition=models.Q(('state', 'new')), fields=['next_try_at'], name='messaging_inbound')],
            },
        ),
        migrations.CreateModel(
            name='Lane',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('account', models.CharField(max_length=60, verbose_name='tài khoản gửi')),
                ('state', models.CharField(choices=[('active', 'đang chạy'), ('paused', 'tạm dừng')], default='active', max_length=10, verbose_name='trạng thái')),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='đang được giữ đến')),
                ('lease_token', models.UUIDField(blank=True, editable=False, null=True)),
                ('rate', models.FloatField(blank=True, help_text='Bỏ trống: theo mức của kênh.', null=True, validators=[django.core.validators.MinValueValidator(0.01)], verbose_name='số tin mỗi giây')),
                ('next_slot_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('monthly_budget', models.PositiveIntegerField(blank=True, help_text='Bỏ trống: không giới hạn.', null=True, verbose_name='số tin tối đa mỗi tháng')),
                ('spent_month', models.DateField(blank=True, editable=False, null=True)),
                ('spent', models.PositiveIntegerField(default=0, editable=False, verbose_name='đã dùng trong tháng')),
                ('failures', models.PositiveIntegerField(default=0, editable=False, verbose_name='lỗi liên tiếp')),
                ('rests_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='nghỉ đến')),
                ('rests', models.PositiveIntegerField(default=0, editable=False, verbose_name='số lần nghỉ liên tiếp')),
                ('trouble', models.CharField(blank=True, editable=False, max_length=500, verbose_name='vướng mắc')),
                ('trouble_since', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='vướng từ')),
            ],
            options={
                'verbose_name': 'luồng tin',
                'verbose_name_plural': 'luồng tin',
                'constraints': [models.UniqueConstraint(fields=('channel', 'account'), name='one_lane_per_account')],
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
                ('title', models.CharField(max_length=200, verbose_name='tiêu đề')),
                ('body', models.TextField(verbose_name='nội dung')),
                ('rows', models.JSONField(blank=True, default=list, verbose_name='các dòng')),
                ('button_label', models.CharField(blank=True, max_length=60, verbose_name='nút')),
                ('button_url', tenants.crypto.EncryptedField(blank=True, verbose_name='liên kết')),
                ('state', models.CharField(choices=[('queued', 'chờ gửi'), ('sending', 'đang gửi'), ('accepted', 'kênh đã nhận'), ('delivered', 'đã đến'), ('seen', 'đã xem'), ('deferred', 'sẽ gửi lại'), ('failed', 'không gửi được'), ('unknown', 'chưa rõ đã đến chưa'), ('suppressed', 'không gửi'), ('expired', 'quá hạn')], default='queued', max_length=12, verbose_name='trạng thái')),
                ('not_before', models.DateTimeField(verbose_name='gửi từ')),
                ('next_attempt_at', models.DateTimeField(verbose_name='lần gửi tới')),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='số lần gửi')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='ghi lúc')),
                ('accepted_at', models.DateTimeField(blank=True, null=True, verbose_name='kênh nhận lúc')),
                ('delivered_at', models.DateTimeField(blank=True, null=True, verbose_name='đến lúc')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='xong lúc')),
                ('problem', models.TextField(blank=True, verbose_name='vướng mắc')),
                ('recalled_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='thu hồi lúc')),
                ('replaceable', models.BooleanField(default=False, verbose_name='tin mới hơn thay được')),
                ('can_wait', models.BooleanField(default=False, verbose_name='chỉ gửi trong giờ')),
                ('expires_at', models.DateTimeField(verbose_name='quá hạn lúc')),
                ('stopped', models.BooleanField(default=False, editable=False, verbose_name='thôi dùng kênh này')),
                ('provider_id', models.CharField(blank=True, max_length=100, verbose_name='mã của kênh')),
                ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='xem lúc')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='messaging.contact', verbose_name='người nhận')),
                ('desk', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='bộ phận báo tin')),
                ('lane', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='messaging.lane', verbose_name='luồng tin')),
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
                ('outcome', models.CharField(choices=[('accepted', 'kênh đã nhận'), ('delivered', 'đã đến'), ('seen', 'đã xem'), ('temporary', 'chưa gửi được, sẽ thử lại'), ('permanent', 'không gửi được'), ('unknown', 'đứt kết nối, chưa rõ đã đến chưa'), ('lapsed', 'tiến trình gửi dừng giữa chừng'), ('absent', 'kênh chưa nhận được tin'), ('undelivered', 'kênh báo không đến được'), ('untold', 'kênh không trả lời được'), ('later', 'chưa hỏi được, sẽ hỏi lại')], max_length=12, verbose_name='kết quả')),
                ('code', models.CharField(blank=True, max_length=40, verbose_name='mã của kênh')),
                ('detail', models.CharField(blank=True, max_length=500, verbose_name='chi tiết')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempt_rows', to='messaging.message')),
            ],
            options={
                'verbose_name': 'lần gửi',
                'verbose_name_plural': 'các lần gửi',
                'ordering': ['pk'],
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
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('purpose', models.CharField(max_length=40, verbose_name='mục đích')),
                ('granted_at', models.DateTimeField(verbose_name='đồng ý lúc')),
                ('evidence', models.TextField(verbose_name='căn cứ')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='rút lúc')),
                ('withdrawn_how', models.CharField(blank=True, max_length=120, verbose_name='rút bằng cách')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='messaging.contact', verbose_name='người nhận')),
            ],
            options={
                'verbose_name': 'đồng ý nhận tin',
                'verbose_name_plural': 'đồng ý nhận tin',
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('contact', 'channel', 'purpose'), name='one_active_consent')],
            },
        ),
        migrations.CreateModel(
            name='Address',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20, verbose_name='loại')),
                ('value', tenants.crypto.EncryptedField(verbose_name='địa chỉ')),
                ('value_index', models.CharField(editable=False, max_length=64)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='ghi lúc')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='addresses', to='messaging.contact', verbose_name='người nhận')),
            ],
            options={
                'verbose_name': 'địa chỉ nhận tin',
                'verbose_name_plural': 'địa chỉ nhận tin',
                'indexes': [models.Index(fields=['kind', 'value_index'], name='messaging_address_value')],
                'constraints': [models.UniqueConstraint(fields=('contact', 'kind'), name='one_address_per_kind')],
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
        AppendOnly("messaging_attempt"),
        AppendOnly("messaging_calltry"),
        migrations.CreateModel(
            name='Announcement',
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
                ('short_notice_reason', models.TextField(blank=True, verbose_name='lý do báo gấp')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='lần ghi')),
                ('written_at', models.DateTimeField(verbose_name='ghi lúc')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='công bố lúc')),
                ('corrected_at', models.DateTimeField(blank=True, null=True, verbose_name='sửa lúc')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='rút lại lúc')),
                ('withdrawn_reason', models.TextField(blank=True, verbose_name='lý do rút lại')),
                ('issuer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='cơ quan thông báo')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người ghi')),
            ],
            options={
                'verbose_name': 'thông báo',
                'verbose_name_plural': 'thông báo',
                'ordering': ['-publish_from', '-pk'],
                'indexes': [models.Index(condition=models.Q(('published_at__isnull', False)), fields=['-publish_from', '-id'], name='messaging_announced')],
                'constraints': [models.CheckConstraint(condition=models.Q(('published_at__isnull', True), ('publish_from__isnull', False), _connector='OR'), name='published_from_a_moment'), models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), ('published_at__isnull', False), _connector='OR'), name='only_published_is_withdrawn'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'outage'), _negated=True), models.Q(('ends_at__gt', models.F('starts_at')), ('publish_until', models.F('ends_at')), ('starts_at__isnull', False)), _connector='OR'), name='outage_ends_by_itself')],
            },
        ),
    ]
