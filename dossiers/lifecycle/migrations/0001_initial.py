import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import tenants.isolation.crypto
import uuid
from django.conf import settings
from django.db import migrations, models
from tenants.audit.sealer import Sealed
from tenants.isolation.append_only import AppendOnly


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('audit', '0001_initial'),
        ('deadlines', '0001_initial'),
        ('organisation', '0001_initial'),
        ('procedures', '0001_initial'),
        ('workflow', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='nội dung')),
                ('data', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': 'ghi chú',
                'verbose_name_plural': 'ghi chú',
            },
        ),
        migrations.CreateModel(
            name='Dossier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, unique=True, verbose_name='mã hồ sơ')),
                ('kind', models.CharField(choices=[('normal', 'hồ sơ thủ tục'), ('complaint', 'khiếu nại'), ('conciliation', 'hòa giải')], default='normal', max_length=12, verbose_name='loại')),
                ('channel', models.CharField(choices=[('counter', 'trực tiếp'), ('online', 'trực tuyến'), ('post', 'bưu chính công ích')], default='counter', max_length=10, verbose_name='hình thức nộp')),
                ('step', models.CharField(max_length=40, verbose_name='bước')),
                ('status', models.PositiveSmallIntegerField(choices=[(1, 'Mới đăng ký'), (2, 'Được tiếp nhận'), (3, 'Không được tiếp nhận'), (4, 'Đang xử lý'), (5, 'Yêu cầu bổ sung giấy tờ'), (6, 'Yêu cầu thực hiện nghĩa vụ tài chính'), (7, 'Công dân yêu cầu rút hồ sơ'), (8, 'Dừng xử lý'), (9, 'Đã xử lý xong'), (10, 'Đã trả kết quả')], verbose_name='trạng thái')),
                ('received_at', models.DateTimeField(verbose_name='tiếp nhận lúc')),
                ('counted_from', models.DateTimeField(verbose_name='tính thời hạn từ')),
                ('original_due_at', models.DateTimeField(null=True, verbose_name='hẹn trả ban đầu')),
                ('due_at', models.DateTimeField(null=True, verbose_name='hẹn trả')),
                ('extended_to', models.DateTimeField(null=True, verbose_name='hẹn lại đến')),
                ('citizen_due_at', models.DateTimeField(null=True, verbose_name='hạn của người dân')),
                ('paused_since', models.DateTimeField(null=True, verbose_name='tạm dừng từ')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='có kết quả lúc')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='kết thúc lúc')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='giải quyết xong lúc')),
                ('pauses', django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), db_default=[], default=list, size=None, verbose_name='các lần tạm dừng')),
                ('last_act_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='việc cuối lúc')),
                ('supplement_requests', models.PositiveSmallIntegerField(default=0, verbose_name='số lần yêu cầu bổ sung')),
                ('last_sequence', models.PositiveIntegerField(default=0, verbose_name='số sự kiện')),
                ('notice_channels', models.JSONField(default=list, verbose_name='kênh nhận tin đã đồng ý')),
                ('lookup_key', tenants.isolation.crypto.EncryptedField(verbose_name='mã tra cứu')),
                ('documents', models.JSONField(default=list, verbose_name='giấy tờ đã nộp')),
                ('result_delivery', models.CharField(blank=True, max_length=300, verbose_name='nhận kết quả')),
                ('rated', models.BooleanField(default=False, editable=False, verbose_name='đã được đánh giá')),
                ('source', models.CharField(blank=True, max_length=40, verbose_name='hệ thống cũ')),
                ('source_code', models.CharField(blank=True, max_length=80, verbose_name='mã ở hệ thống cũ')),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người xử lý')),
                ('calendar_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='deadlines.calendarversion', verbose_name='lịch làm việc')),
                ('competent_agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='cơ quan có thẩm quyền')),
                ('holding_agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='đang ở')),
                ('procedure', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='procedures.procedure', verbose_name='thủ tục')),
                ('procedure_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='procedures.procedureversion', verbose_name='bản thủ tục')),
                ('receiving_agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='nơi tiếp nhận')),
                ('support_point', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='điểm hỗ trợ')),
                ('workflow_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='workflow.workflowversion', verbose_name='quy trình')),
            ],
            options={
                'verbose_name': 'hồ sơ',
                'verbose_name_plural': 'hồ sơ',
                'ordering': ['-received_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('receipt', 'giấy hẹn'), ('message', 'tin báo'), ('share', 'chia sẻ'), ('lookup', 'tra cứu')], max_length=10)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('value', tenants.isolation.crypto.EncryptedField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='dossiers.dossier')),
            ],
            options={
                'verbose_name': 'địa chỉ tra cứu',
                'verbose_name_plural': 'địa chỉ tra cứu',
            },
        ),
        migrations.CreateModel(
            name='LinkCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code_index', models.CharField(max_length=64, unique=True)),
                ('expires_at', models.DateTimeField()),
                ('token', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='link_code', to='dossiers.accesstoken')),
            ],
            options={
                'verbose_name': 'mã liên kết',
                'verbose_name_plural': 'mã liên kết',
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveIntegerField()),
                ('kind', models.CharField(max_length=40, verbose_name='việc')),
                ('at', models.DateTimeField(verbose_name='lúc')),
                ('from_step', models.CharField(blank=True, max_length=40)),
                ('to_step', models.CharField(max_length=40)),
                ('status', models.PositiveSmallIntegerField(choices=[(1, 'Mới đăng ký'), (2, 'Được tiếp nhận'), (3, 'Không được tiếp nhận'), (4, 'Đang xử lý'), (5, 'Yêu cầu bổ sung giấy tờ'), (6, 'Yêu cầu thực hiện nghĩa vụ tài chính'), (7, 'Công dân yêu cầu rút hồ sơ'), (8, 'Dừng xử lý'), (9, 'Đã xử lý xong'), (10, 'Đã trả kết quả')])),
                ('clock', models.CharField(default='none', max_length=10)),
                ('due_at', models.DateTimeField(null=True, verbose_name='hẹn trả sau việc này')),
                ('term_value', models.PositiveSmallIntegerField(null=True)),
                ('term_unit', models.CharField(blank=True, max_length=12)),
                ('extended_to', models.DateTimeField(null=True, verbose_name='hẹn lại đến')),
                ('promised_to', models.DateTimeField(null=True, verbose_name='hẹn của hệ thống cũ')),
                ('citizen_due_at', models.DateTimeField(null=True, verbose_name='hạn của người dân')),
                ('undoes', models.PositiveIntegerField(null=True)),
                ('legacy', models.BooleanField(default=False)),
                ('request_key', models.CharField(blank=True, default='', max_length=32)),
                ('request_digest', models.CharField(blank=True, default='', max_length=32)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency')),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('approved_in_place_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('assignee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='dossiers.dossier')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency')),
                ('in_place_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('note', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dossiers.note')),
            ],
            options={
                'verbose_name': 'sự kiện',
                'verbose_name_plural': 'sự kiện',
                'ordering': ['dossier_id', 'sequence'],
            },
        ),
        migrations.CreateModel(
            name='Party',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('person', 'cá nhân'), ('organisation', 'tổ chức')], default='person', max_length=12, verbose_name='loại')),
                ('name', models.CharField(max_length=200, verbose_name='họ tên hoặc tên tổ chức')),
                ('name_folded', models.CharField(editable=False, max_length=200)),
                ('id_number', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='số định danh hoặc mã số thuế')),
                ('id_number_index', models.CharField(blank=True, db_index=True, editable=False, max_length=64)),
                ('phone', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='số điện thoại')),
                ('phone_index', models.CharField(blank=True, db_index=True, editable=False, max_length=64)),
                ('address', models.CharField(blank=True, max_length=250, verbose_name='địa chỉ')),
            ],
            options={
                'verbose_name': 'người trong hồ sơ',
                'verbose_name_plural': 'người trong hồ sơ',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['name_folded'], name='party_name_trigrams', opclasses=['ext.gin_trgm_ops'])],
            },
        ),
        migrations.AddField(
            model_name='dossier',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='owned', to='dossiers.party', verbose_name='chủ hồ sơ'),
        ),
        migrations.AddField(
            model_name='dossier',
            name='recipient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notified', to='dossiers.party', verbose_name='người nhận thông báo'),
        ),
        migrations.AddField(
            model_name='dossier',
            name='submitter',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='submitted', to='dossiers.party', verbose_name='người nộp'),
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('transition', models.CharField(max_length=40, verbose_name='bước')),
                ('seen', models.PositiveIntegerField()),
                ('asked_at', models.DateTimeField(verbose_name='trình lúc')),
                ('outcome', models.CharField(choices=[('waiting', 'chờ duyệt'), ('approved', 'đã duyệt'), ('declined', 'không duyệt'), ('void', 'hết hiệu lực')], default='waiting', max_length=10, verbose_name='kết quả')),
                ('decided_at', models.DateTimeField(null=True)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency')),
                ('answer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dossiers.note')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='dossiers.dossier')),
                ('note', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dossiers.note')),
            ],
            options={
                'verbose_name': 'đề nghị duyệt',
                'verbose_name_plural': 'đề nghị duyệt',
            },
        ),
        migrations.CreateModel(
            name='Remark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='lúc')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remarks', to='dossiers.dossier')),
                ('note', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dossiers.note')),
            ],
            options={
                'verbose_name': 'ghi chú nội bộ',
                'verbose_name_plural': 'ghi chú nội bộ',
                'ordering': ['dossier_id', 'at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Satisfaction',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('month', models.DateField(verbose_name='tháng')),
                ('score', models.PositiveSmallIntegerField(choices=[(0, 'Chưa hài lòng'), (1, 'Bình thường'), (2, 'Hài lòng')], verbose_name='mức')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='cơ quan giải quyết')),
                ('sector', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='procedures.sector', verbose_name='lĩnh vực')),
            ],
            options={
                'verbose_name': 'đánh giá của người dân',
                'verbose_name_plural': 'đánh giá của người dân',
            },
        ),
        migrations.CreateModel(
            name='DailyCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('last', models.PositiveIntegerField()),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='organisation.agency')),
            ],
            options={
                'verbose_name': 'bộ đếm trong ngày',
                'verbose_name_plural': 'bộ đếm trong ngày',
                'constraints': [models.UniqueConstraint(fields=('agency', 'day'), name='one_counter_per_day')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=300, verbose_name='số quyết định')),
                ('date', models.DateField(verbose_name='ngày quyết định')),
                ('subject', models.TextField(verbose_name='trích yếu')),
                ('must_publish_by', models.DateTimeField(null=True, verbose_name='phải công khai trước')),
                ('published_at', models.DateTimeField(verbose_name='công khai lúc')),
                ('taken_down_at', models.DateTimeField(null=True, verbose_name='gỡ lúc')),
                ('taken_down_reason', models.TextField(blank=True, verbose_name='lý do gỡ')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='cơ quan giải quyết')),
                ('published_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người công khai')),
                ('taken_down_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người gỡ')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='publications', to='dossiers.dossier', verbose_name='hồ sơ khiếu nại')),
            ],
            options={
                'verbose_name': 'quyết định khiếu nại',
                'verbose_name_plural': 'quyết định khiếu nại',
                'ordering': ['-date', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('taken_down_at', None)), fields=('dossier',), name='one_public_decision')],
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, verbose_name='tên tệp (có thể có dữ liệu cá nhân)')),
                ('stored_name', models.CharField(max_length=100, unique=True, verbose_name='tên trong kho')),
                ('content_type', models.CharField(choices=[('application/pdf', 'PDF'), ('image/jpeg', 'JPEG'), ('image/png', 'PNG')], max_length=40, verbose_name='kiểu tệp')),
                ('size', models.PositiveBigIntegerField(verbose_name='cỡ (byte)')),
                ('pages', models.PositiveIntegerField(null=True, verbose_name='số trang')),
                ('pixels', models.PositiveBigIntegerField(null=True, verbose_name='số điểm ảnh')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('uploaded_at', models.DateTimeField(verbose_name='gửi lên lúc')),
                ('scan_state', models.CharField(choices=[('pending', 'đang quét vi-rút'), ('clean', 'không có vi-rút'), ('infected', 'có vi-rút'), ('error', 'chưa quét được vi-rút'), ('not_scanned', 'chưa được quét vi-rút')], max_length=12, verbose_name='quét vi-rút')),
                ('scanned_at', models.DateTimeField(null=True, verbose_name='quét lúc')),
                ('threat', models.CharField(blank=True, max_length=100, verbose_name='vi-rút tìm thấy')),
                ('kind', models.CharField(choices=[('paper', 'giấy tờ nộp'), ('result', 'kết quả giải quyết'), ('other', 'tài liệu khác')], max_length=10, verbose_name='loại')),
                ('paper', models.CharField(blank=True, max_length=300, verbose_name='là giấy tờ nào')),
                ('sequence', models.PositiveIntegerField(verbose_name='sự kiện')),
                ('removed_at', models.DateTimeField(null=True, verbose_name='gỡ lúc')),
                ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người gửi lên')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='dossiers.dossier', verbose_name='hồ sơ')),
            ],
            options={
                'verbose_name': 'tệp hồ sơ',
                'verbose_name_plural': 'tệp hồ sơ',
                'ordering': ['dossier_id', 'pk'],
                'indexes': [models.Index(condition=models.Q(('scan_state__in', ['pending', 'error', 'not_scanned'])), fields=['uploaded_at'], name='files_to_be_scanned')],
            },
        ),
        migrations.AddConstraint(
            model_name='accesstoken',
            constraint=models.UniqueConstraint(condition=models.Q(('purpose__in', ['receipt', 'message']), ('revoked_at', None)), fields=('dossier', 'purpose'), name='one_token_per_purpose'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(models.F('actor'), models.OrderBy(models.F('at'), descending=True), condition=models.Q(('kind', 'receive')), name='receipts_of_clerk'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('kind', 'apologise')), fields=['at'], name='apologies_by_day'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('undoes__isnull', False)), fields=['dossier', 'undoes'], name='events_that_undo'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('dossier', 'sequence'), name='one_event_per_sequence'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(condition=models.Q(('request_key', ''), _negated=True), fields=('actor', 'request_key'), name='one_event_per_request'),
        ),
        migrations.AddIndex(
            model_name='dossier',
            index=models.Index(fields=['-received_at', '-id'], name='dossiers_do_receive_2eeb85_idx'),
        ),
        migrations.AddIndex(
            model_name='dossier',
            index=models.Index(models.OrderBy(models.F('paused_since'), nulls_first=True), models.OrderBy(models.F('due_at'), nulls_last=True), models.F('id'), condition=models.Q(('closed_at', None)), name='open_by_due'),
        ),
        migrations.AddIndex(
            model_name='dossier',
            index=models.Index(fields=['status', 'due_at'], name='dossiers_do_status_5c0eeb_idx'),
        ),
        migrations.AddIndex(
            model_name='dossier',
            index=models.Index(condition=models.Q(('kind__in', ['complaint', 'conciliation'])), fields=['kind', '-received_at', '-id'], name='dossier_of_rare_kind'),
        ),
        migrations.AddIndex(
            model_name='dossier',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['due_at'], name='open_due_at'),
        ),
        migrations.AddIndex(
            model_name='dossier',
            index=models.Index(fields=['last_act_at', 'received_at'], name='dossier_by_last_act'),
        ),
        migrations.AddConstraint(
            model_name='dossier',
            constraint=models.UniqueConstraint(condition=models.Q(('source', ''), _negated=True), fields=('source', 'source_code'), name='one_dossier_per_source_code'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome', 'waiting')), fields=('dossier',), name='one_waiting_proposal'),
        ),
        migrations.AddIndex(
            model_name='satisfaction',
            index=models.Index(fields=['month'], name='satisfaction_month'),
        ),
        migrations.AddConstraint(
            model_name='satisfaction',
            constraint=models.CheckConstraint(condition=models.Q(('score__in', [0, 1, 2])), name='score_on_the_scale'),
        ),
        migrations.AddConstraint(
            model_name='satisfaction',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='month_begins_on_its_first'),
        ),
        # A province has more agencies than the planner tells apart by itself: for one with few dossiers it would
        # walk through everybody's, newest first, to find them.
        migrations.RunSQL(
            [
                f"ALTER TABLE dossiers_dossier ALTER COLUMN {part}_id SET STATISTICS 1000"
                for part in ("receiving_agency", "competent_agency", "support_point", "holding_agency")
            ],
            migrations.RunSQL.noop,
        ),
        AppendOnly("dossiers_event"),
        Sealed("dossiers_event"),
        AppendOnly("dossiers_remark"),
    ]
