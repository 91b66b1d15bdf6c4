import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from tenants.isolation.append_only import AppendOnly
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organisation', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BlankForm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(editable=False, max_length=200, unique=True, verbose_name='tên trong địa chỉ')),
                ('code', models.CharField(help_text='Như giấy tờ của thủ tục gọi: CT01, 18.', max_length=200, verbose_name='ký hiệu mẫu')),
                ('annex', models.CharField(blank=True, max_length=60, verbose_name='phụ lục')),
                ('source', models.CharField(blank=True, help_text='Loại và số văn bản: Thông tư 53/2025/TT-BCA.', max_length=200, verbose_name='ban hành kèm theo')),
                ('issued_on', models.DateField(blank=True, null=True, verbose_name='ngày văn bản')),
                ('title', models.CharField(blank=True, max_length=300, verbose_name='tên tờ khai')),
                ('english', models.CharField(blank=True, max_length=300, verbose_name='tên tiếng Anh')),
                ('address', models.URLField(blank=True, max_length=500, verbose_name='địa chỉ bản chính thức')),
                ('edited', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'verbose_name': 'tờ khai',
                'verbose_name_plural': 'tờ khai',
                'ordering': ['key'],
                'default_permissions': ('view', 'add', 'change'),
            },
        ),
        migrations.CreateModel(
            name='FilingRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField(verbose_name='nội dung')),
            ],
            options={
                'verbose_name': 'quy tắc nộp hồ sơ của tỉnh',
                'verbose_name_plural': 'quy tắc nộp hồ sơ của tỉnh',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LifeEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=60, unique=True, verbose_name='tên trong địa chỉ')),
                ('content', models.JSONField(verbose_name='nội dung')),
            ],
            options={
                'verbose_name': 'việc trong đời',
                'verbose_name_plural': 'việc trong đời',
                'ordering': ['slug'],
            },
        ),
        migrations.CreateModel(
            name='Sector',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(blank=True, max_length=30, verbose_name='mã')),
                ('name', models.CharField(max_length=500, verbose_name='tên')),
                ('folded', models.CharField(editable=False, max_length=500, unique=True)),
                ('sort_key', models.TextField(db_collation='C', editable=False)),
            ],
            options={
                'verbose_name': 'lĩnh vực',
                'verbose_name_plural': 'lĩnh vực',
                'ordering': ['sort_key'],
            },
        ),
        migrations.CreateModel(
            name='Procedure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='mã thủ tục')),
                ('name', models.TextField(verbose_name='tên chính thức')),
                ('short_name', models.CharField(max_length=90, verbose_name='tên gọn')),
                ('everyday', models.CharField(blank=True, help_text='Nhiều tên cách nhau bằng dấu chấm phẩy.', max_length=300, verbose_name='tên thường gọi')),
                ('summary', models.TextField(blank=True, verbose_name='tóm tắt')),
                ('when_needed', models.TextField(blank=True, help_text='Mỗi dòng một ý.', verbose_name='khi nào cần')),
                ('mistakes', models.TextField(blank=True, help_text='Mỗi dòng một ý.', verbose_name='lỗi thường gặp')),
                ('where_guide', models.TextField(blank=True, editable=False, verbose_name='chỉ dẫn nơi nộp')),
                ('english_name', models.CharField(blank=True, max_length=120, verbose_name='tên tiếng Anh')),
                ('english_also', models.CharField(blank=True, help_text='Nhiều tên cách nhau bằng dấu chấm phẩy.', max_length=300, verbose_name='từ tìm kiếm tiếng Anh')),
                ('english_summary', models.TextField(blank=True, verbose_name='tóm tắt tiếng Anh')),
                ('levels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('ministry', 'cấp bộ'), ('province', 'cấp tỉnh'), ('commune', 'cấp xã'), ('other', 'cơ quan khác')], max_length=10), blank=True, default=list, size=None, verbose_name='cấp')),
                ('channels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('online', 'trực tuyến'), ('direct', 'tại quầy'), ('post', 'bưu điện')], max_length=10), blank=True, default=list, size=None, verbose_name='cách nộp')),
                ('issuer', models.CharField(blank=True, max_length=300, verbose_name='cơ quan ban hành')),
                ('kind', models.CharField(choices=[('normal', 'thủ tục thường'), ('complaint', 'khiếu nại'), ('denunciation', 'tố cáo'), ('conciliation', 'hòa giải')], default='normal', max_length=15, verbose_name='loại')),
                ('handled', models.BooleanField(default=False, verbose_name='tỉnh giải quyết')),
                ('filing_mode', models.CharField(choices=[('national_portal', 'nộp trên Cổng Dịch vụ công quốc gia'), ('local', 'nộp tại đây'), ('counter', 'chuẩn bị và nộp tại quầy')], default='national_portal', max_length=20, verbose_name='cách nộp trực tuyến')),
                ('filing_reason', models.CharField(blank=True, max_length=300, verbose_name='vì sao nộp theo cách này')),
                ('filing_decision', models.CharField(blank=True, max_length=100, verbose_name='văn bản cho phép nộp tại đây')),
                ('filing_decided_on', models.DateField(blank=True, null=True, verbose_name='ngày văn bản ấy')),
                ('where_text', models.CharField(blank=True, max_length=300, verbose_name='nộp ở đâu')),
                ('no_term_source', models.CharField(blank=True, help_text='Số văn bản làm căn cứ. Để trống nếu thủ tục có thời hạn.', max_length=300, verbose_name='không quy định thời hạn, theo văn bản')),
                ('no_fee_source', models.CharField(blank=True, help_text='Số văn bản làm căn cứ. Để trống nếu thủ tục có phí hoặc lệ phí.', max_length=300, verbose_name='không thu phí, lệ phí, theo văn bản')),
                ('state', models.CharField(choices=[('active', 'đang dùng'), ('hidden', 'đã ẩn')], default='active', max_length=10, verbose_name='tình trạng')),
                ('folded', models.TextField(default='', editable=False)),
                ('spelled', models.TextField(default='', editable=False)),
                ('sort_key', models.TextField(db_collation='C', default='', editable=False)),
                ('initials', models.TextField(db_collation='C', default='', editable=False)),
                ('agency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='procedures', to='organisation.agency', verbose_name='cơ quan có thẩm quyền')),
            ],
            options={
                'verbose_name': 'thủ tục',
                'verbose_name_plural': 'thủ tục',
                'ordering': ['sort_key', 'code'],
            },
        ),
        migrations.CreateModel(
            name='ProcedureVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='số phiên bản')),
                ('effective_from', models.DateField(verbose_name='áp dụng từ ngày')),
                ('recorded_at', models.DateTimeField(verbose_name='ghi nhận lúc')),
                ('official_name', models.TextField(verbose_name='tên chính thức')),
                ('sector_name', models.CharField(blank=True, max_length=500, verbose_name='lĩnh vực')),
                ('issuer', models.CharField(blank=True, max_length=300, verbose_name='cơ quan ban hành')),
                ('performer', models.TextField(blank=True, verbose_name='cơ quan thực hiện')),
                ('decision_number', models.CharField(blank=True, max_length=200, verbose_name='quyết định công bố')),
                ('kind', models.CharField(choices=[('normal', 'thủ tục thường'), ('complaint', 'khiếu nại'), ('denunciation', 'tố cáo'), ('conciliation', 'hòa giải')], default='normal', max_length=15, verbose_name='loại')),
                ('levels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('ministry', 'cấp bộ'), ('province', 'cấp tỉnh'), ('commune', 'cấp xã'), ('other', 'cơ quan khác')], max_length=10), blank=True, default=list, size=None, verbose_name='cấp')),
                ('channels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('online', 'trực tuyến'), ('direct', 'tại quầy'), ('post', 'bưu điện')], max_length=10), blank=True, default=list, size=None, verbose_name='cách nộp')),
                ('term_value', models.PositiveIntegerField(blank=True, null=True, verbose_name='thời hạn')),
                ('term_unit', models.CharField(blank=True, choices=[('working_day', 'ngày làm việc'), ('calendar_day', 'ngày'), ('month', 'tháng'), ('hour', 'giờ làm việc'), ('same_day', 'trong ngày')], max_length=15, verbose_name='đơn vị')),
                ('term_note', models.TextField(blank=True, verbose_name='ghi chú thời hạn')),
                ('term_source', models.CharField(choices=[('national', 'trung ương'), ('province', 'tỉnh')], default='national', max_length=10, verbose_name='thời hạn do')),
                ('term_decision', models.CharField(blank=True, max_length=200, verbose_name='quyết định về thời hạn')),
                ('subjects', models.TextField(blank=True, verbose_name='đối tượng')),
                ('result', models.TextField(blank=True, verbose_name='kết quả')),
                ('conditions', models.TextField(blank=True, verbose_name='yêu cầu, điều kiện')),
                ('steps', models.JSONField(blank=True, default=list, verbose_name='trình tự')),
                ('legal_basis', models.JSONField(blank=True, default=list, verbose_name='căn cứ pháp lý')),
                ('fee_source', models.CharField(choices=[('national', 'trung ương'), ('province', 'tỉnh')], default='national', max_length=10, verbose_name='phí do')),
                ('source', models.CharField(max_length=20, verbose_name='nguồn')),
                ('text_source', models.CharField(blank=True, max_length=20, verbose_name='nguồn phần hướng dẫn')),
                ('text_decision', models.CharField(blank=True, max_length=200, verbose_name='phần hướng dẫn theo quyết định')),
                ('text_month', models.CharField(blank=True, max_length=7, verbose_name='tháng của nguồn hướng dẫn')),
                ('source_note', models.CharField(blank=True, max_length=300, verbose_name='ghi chú nguồn')),
                ('checksum', models.CharField(editable=False, max_length=64)),
                ('procedure', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='procedures.procedure', verbose_name='thủ tục')),
            ],
            options={
                'verbose_name': 'phiên bản thủ tục',
                'verbose_name_plural': 'phiên bản thủ tục',
                'ordering': ['procedure_id', '-number'],
            },
        ),
        migrations.AddField(
            model_name='procedure',
            name='current_version',
            field=models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='procedures.procedureversion'),
        ),
        migrations.CreateModel(
            name='Fee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveIntegerField()),
                ('kind', models.CharField(blank=True, choices=[('phi', 'phí'), ('le_phi', 'lệ phí')], max_length=10, verbose_name='loại')),
                ('amount', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='mức thu (đồng)')),
                ('note', models.TextField(blank=True, verbose_name='ghi chú')),
                ('online_note', models.TextField(blank=True, verbose_name='khi nộp trực tuyến')),
                ('version', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='procedures.procedureversion')),
            ],
            options={
                'verbose_name': 'phí, lệ phí',
                'verbose_name_plural': 'phí, lệ phí',
                'ordering': ['version_id', 'order'],
            },
        ),
        migrations.CreateModel(
            name='RequiredDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveIntegerField()),
                ('name', models.TextField(verbose_name='tên giấy tờ')),
                ('detail', models.TextField(blank=True, verbose_name='chi tiết')),
                ('case', models.TextField(blank=True, verbose_name='trường hợp')),
                ('originals', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='bản chính')),
                ('copies', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='bản sao')),
                ('required', models.BooleanField(default=True, verbose_name='bắt buộc')),
                ('form', models.TextField(blank=True, verbose_name='mẫu phải điền')),
                ('english', models.TextField(blank=True, verbose_name='tên tiếng Anh')),
                ('version', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='procedures.procedureversion')),
            ],
            options={
                'verbose_name': 'thành phần hồ sơ',
                'verbose_name_plural': 'thành phần hồ sơ',
                'ordering': ['version_id', 'order'],
            },
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('text', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('deletions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), default=list, size=None)),
                ('procedures', models.PositiveIntegerField()),
            ],
            options={
                'verbose_name': 'từ của danh mục',
                'verbose_name_plural': 'từ của danh mục',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['deletions'], name='searchword_deletions')],
            },
        ),
        migrations.AddField(
            model_name='procedure',
            name='sector',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='procedures', to='procedures.sector', verbose_name='lĩnh vực'),
        ),
        migrations.CreateModel(
            name='Synonym',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('everyday', models.CharField(help_text='Như người dân nói; gõ có dấu.', max_length=100, verbose_name='từ thường dùng')),
                ('official', models.CharField(help_text='Những chữ đứng liền nhau trong tên thủ tục, hoặc mã của một thủ tục.', max_length=300, verbose_name='từ chính thức')),
                ('active', models.BooleanField(default=True, help_text='Từ đi kèm cổng mà tỉnh không muốn dùng thì tắt ở đây; nếu xóa, lần áp dụng sau từ ấy trở lại.', verbose_name='đang dùng')),
                ('folded', models.CharField(editable=False, max_length=100)),
            ],
            options={
                'verbose_name': 'từ đồng nghĩa',
                'verbose_name_plural': 'từ đồng nghĩa',
                'ordering': ['everyday'],
                'constraints': [models.UniqueConstraint(fields=('folded', 'official'), name='one_synonym_per_meaning')],
            },
        ),
        migrations.CreateModel(
            name='FormFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.BinaryField(verbose_name='nội dung')),
                ('content_type', models.CharField(max_length=100, verbose_name='loại tệp')),
                ('size', models.PositiveIntegerField(verbose_name='số byte')),
                ('sha256', models.CharField(max_length=64)),
                ('uploaded_at', models.DateTimeField(verbose_name='đưa lên lúc')),
                ('replaced_at', models.DateTimeField(blank=True, null=True, verbose_name='thôi dùng lúc')),
                ('form', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='procedures.blankform', verbose_name='tờ khai')),
                ('uploaded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người đưa lên')),
            ],
            options={
                'verbose_name': 'tệp tờ khai',
                'verbose_name_plural': 'tệp tờ khai',
                'ordering': ['form_id', '-pk'],
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('form',), name='one_sheet_of_a_form')],
            },
        ),
        migrations.AddConstraint(
            model_name='procedureversion',
            constraint=models.UniqueConstraint(fields=('procedure', 'number'), name='one_version_per_number'),
        ),
        migrations.AddIndex(
            model_name='procedure',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('folded', config='simple'), fastupdate=False, name='procedure_folded_words'),
        ),
        migrations.AddIndex(
            model_name='procedure',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['folded'], name='procedure_folded_trigrams', opclasses=['ext.gin_trgm_ops']),
        ),
        migrations.AddIndex(
            model_name='procedure',
            index=models.Index(models.F('state'), models.OrderBy(models.F('handled'), descending=True), models.F('sort_key'), models.F('code'), name='procedure_in_order'),
        ),
        migrations.AddIndex(
            model_name='procedure',
            index=models.Index(fields=['initials'], name='procedure_by_initials'),
        ),
        migrations.AddIndex(
            model_name='procedure',
            index=models.Index(fields=['state', 'sector'], include=('handled', 'levels', 'channels'), name='procedure_to_count'),
        ),
        migrations.AddConstraint(
            model_name='procedure',
            constraint=models.CheckConstraint(condition=models.Q(('handled', True), ('kind', 'denunciation'), _negated=True), name='denunciation_is_not_handled'),
        ),
        AppendOnly("procedures_procedureversion"),
        AppendOnly("procedures_requireddocument"),
        AppendOnly("procedures_fee"),
        ChangesVersion(
            "catalogue", "procedures_sector", "procedures_procedure", "procedures_procedureversion",
            "procedures_requireddocument", "procedures_fee", "procedures_synonym", "procedures_searchword",
            "procedures_lifeevent", "procedures_blankform", "procedures_formfile", "procedures_filingrules",
        ),
    ]
