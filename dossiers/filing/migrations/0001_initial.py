import django.db.models.deletion
import tenants.isolation.crypto
import uuid
from django.db import migrations, models
from tenants.isolation.append_only import AppendOnly
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('dossiers', '0001_initial'),
        ('procedures', '0001_initial'),
        ('organisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='FilingFormVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, verbose_name='mã')),
                ('number', models.PositiveIntegerField(verbose_name='bản')),
                ('data', models.JSONField(verbose_name='nội dung')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='tạo lúc')),
            ],
            options={
                'verbose_name': 'biểu mẫu nộp hồ sơ',
                'verbose_name_plural': 'biểu mẫu nộp hồ sơ',
                'ordering': ['code', '-number'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('code', 'number'), name='filingformversion_one_number')],
            },
        ),
        migrations.CreateModel(
            name='FilingDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='tên trong địa chỉ')),
                ('kind', models.CharField(choices=[('file', 'nộp trực tuyến'), ('prepare', 'chuẩn bị tại nhà, nộp tại quầy'), ('counter', 'cán bộ nhập tại quầy'), ('supplement', 'bổ sung hồ sơ')], max_length=10, verbose_name='loại')),
                ('phone', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='số điện thoại')),
                ('phone_index', models.CharField(blank=True, editable=False, max_length=64)),
                ('proven_at', models.DateTimeField(null=True, verbose_name='đã chứng minh giữ số điện thoại lúc')),
                ('created_at', models.DateTimeField(verbose_name='bắt đầu lúc')),
                ('changed_at', models.DateTimeField(verbose_name='thay đổi lúc')),
                ('expires_at', models.DateTimeField(verbose_name='giữ đến')),
                ('reminded', models.PositiveSmallIntegerField(null=True, verbose_name='đã nhắc trước (ngày)')),
                ('filed_at', models.DateTimeField(null=True, verbose_name='nộp lúc')),
                ('supplement_sequence', models.PositiveIntegerField(null=True, verbose_name='theo yêu cầu ở sự kiện')),
                ('filed_sequence', models.PositiveIntegerField(null=True, verbose_name='nộp ở sự kiện')),
                ('dossier', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='filing_draft', to='dossiers.dossier', verbose_name='hồ sơ')),
                ('procedure', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='procedures.procedure', verbose_name='thủ tục')),
                ('supplement_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='supplement_drafts', to='dossiers.dossier', verbose_name='bổ sung cho hồ sơ')),
                ('form_version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='filing.filingformversion', verbose_name='bản biểu mẫu')),
            ],
            options={
                'verbose_name': 'bản nháp hồ sơ',
                'verbose_name_plural': 'bản nháp hồ sơ',
            },
        ),
        migrations.CreateModel(
            name='FilingSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='dấu của phiên')),
                ('user_agent_digest', models.CharField(max_length=64, verbose_name='dấu của trình duyệt')),
                ('network_digest', models.CharField(default='', max_length=64, verbose_name='dấu của mạng')),
                ('keeps_cookie', models.BooleanField(default=False, verbose_name='trình duyệt giữ cookie')),
                ('proven_at', models.DateTimeField(null=True, verbose_name='đã chứng minh giữ số điện thoại lúc')),
                ('seen_at', models.DateTimeField(verbose_name='dùng lần cuối lúc')),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to='filing.filingdraft', verbose_name='bản nháp')),
            ],
            options={
                'verbose_name': 'phiên điền hồ sơ',
                'verbose_name_plural': 'phiên điền hồ sơ',
            },
        ),
        migrations.CreateModel(
            name='FilingAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.CharField(max_length=60, verbose_name='trang')),
                ('values', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='câu trả lời (dữ liệu cá nhân)')),
                ('saved_at', models.DateTimeField(null=True, verbose_name='ghi lúc')),
                ('pending', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='câu trả lời chờ xác nhận (dữ liệu cá nhân)')),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='filing.filingdraft', verbose_name='bản nháp')),
            ],
            options={
                'verbose_name': 'câu trả lời trong bản nháp',
                'verbose_name_plural': 'câu trả lời trong bản nháp',
                'constraints': [models.UniqueConstraint(fields=('draft', 'page'), name='one_answer_per_page')],
            },
        ),
        migrations.CreateModel(
            name='FilingFile',
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
                ('question', models.CharField(max_length=100, verbose_name='câu hỏi')),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='filing.filingdraft', verbose_name='bản nháp')),
            ],
            options={
                'verbose_name': 'tệp trong bản nháp',
                'verbose_name_plural': 'tệp trong bản nháp',
                'ordering': ['draft_id', 'pk'],
                'indexes': [models.Index(condition=models.Q(('scan_state__in', ['pending', 'error', 'not_scanned'])), fields=['uploaded_at'], name='draft_files_to_be_scanned')],
            },
        ),
        migrations.AddIndex(
            model_name='filingdraft',
            index=models.Index(condition=models.Q(('filed_at', None)), fields=['phone_index'], name='open_draft_phone'),
        ),
        migrations.AddIndex(
            model_name='filingdraft',
            index=models.Index(condition=models.Q(('filed_at', None)), fields=['expires_at'], name='open_draft_end'),
        ),
        migrations.AddConstraint(
            model_name='filingdraft',
            constraint=models.UniqueConstraint(condition=models.Q(('filed_at', None)), fields=('supplement_of', 'supplement_sequence'), name='one_open_supplement_per_request'),
        ),
        migrations.AddConstraint(
            model_name='filingdraft',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'supplement'), ('supplement_of__isnull', False)), models.Q(models.Q(('kind', 'supplement'), _negated=True), ('supplement_of', None)), _connector='OR'), name='supplement_draft_of_a_dossier'),
        ),
        AppendOnly("filing_filingformversion"),
        ChangesVersion("catalogue", "filing_filingformversion"),
    ]
