import django.db.models.deletion
import tenants.isolation.crypto
from django.conf import settings
from django.db import migrations, models
from tenants.isolation.append_only import AppendOnly


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('dossiers', '0001_initial'),
        ('organisation', '0001_initial'),
        ('procedures', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FeedbackCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('last', models.PositiveIntegerField()),
            ],
            options={
                'verbose_name': 'bộ đếm phản ánh',
                'verbose_name_plural': 'bộ đếm phản ánh',
            },
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30, unique=True, verbose_name='mã phản ánh')),
                ('lookup_key', tenants.isolation.crypto.EncryptedField(verbose_name='mã tra cứu')),
                ('submission', models.CharField(editable=False, max_length=64, unique=True)),
                ('topic', models.CharField(choices=[('behaviour', 'Thái độ, cách phục vụ của cán bộ'), ('procedure', 'Thủ tục, giấy tờ còn vướng mắc'), ('suggestion', 'Góp ý, sáng kiến'), ('page', 'Nội dung sai hoặc lỗi trên trang này')], max_length=12, verbose_name='về việc')),
                ('text', models.TextField(verbose_name='nội dung')),
                ('sender_name', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='họ tên')),
                ('sender_contact', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='điện thoại hoặc thư điện tử')),
                ('procedure_text', models.CharField(blank=True, max_length=200, verbose_name='thủ tục, như người gửi ghi')),
                ('dossier_code', models.CharField(blank=True, max_length=120, verbose_name='mã hồ sơ người gửi ghi, chưa kiểm tra')),
                ('received_at', models.DateTimeField(verbose_name='nhận lúc')),
                ('due_at', models.DateTimeField(verbose_name='trả lời trước')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='trả lời lúc')),
                ('answer', models.TextField(blank=True, verbose_name='câu trả lời')),
                ('published_at', models.DateTimeField(null=True, verbose_name='công khai lúc')),
                ('public_question', models.TextField(blank=True, verbose_name='câu hỏi công khai')),
                ('public_answer', models.TextField(blank=True, verbose_name='câu trả lời công khai')),
                ('last_sequence', models.PositiveIntegerField(default=0)),
                ('agency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency', verbose_name='cơ quan trả lời')),
                ('procedure', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='procedures.procedure', verbose_name='thủ tục')),
            ],
            options={
                'verbose_name': 'phản ánh, kiến nghị',
                'verbose_name_plural': 'phản ánh, kiến nghị',
                'ordering': ['-received_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='FeedbackAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('received', 'Đã nhận'), ('forwarded', 'Chuyển cơ quan trả lời'), ('answered', 'Trả lời'), ('published', 'Công khai'), ('taken_down', 'Gỡ khỏi trang công khai')], max_length=12, verbose_name='việc')),
                ('at', models.DateTimeField(verbose_name='lúc')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.agency')),
                ('feedback', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='feedback.feedback')),
                ('note', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dossiers.note')),
            ],
            options={
                'verbose_name': 'việc với phản ánh',
                'verbose_name_plural': 'việc với phản ánh',
                'ordering': ['feedback_id', 'sequence'],
            },
        ),
        migrations.CreateModel(
            name='FeedbackPromise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, verbose_name='mã')),
                ('number', models.PositiveIntegerField(verbose_name='bản')),
                ('data', models.JSONField(verbose_name='nội dung')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='tạo lúc')),
            ],
            options={
                'verbose_name': 'hạn trả lời phản ánh',
                'verbose_name_plural': 'hạn trả lời phản ánh',
                'ordering': ['code', '-number'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('code', 'number'), name='feedbackpromise_one_number')],
            },
        ),
        migrations.AddIndex(
            model_name='feedback',
            index=models.Index(condition=models.Q(('answered_at', None)), fields=['due_at'], name='unanswered_by_due'),
        ),
        migrations.AddIndex(
            model_name='feedback',
            index=models.Index(condition=models.Q(('published_at', None), _negated=True), fields=['-published_at'], name='published_feedback'),
        ),
        migrations.AddConstraint(
            model_name='feedbackact',
            constraint=models.UniqueConstraint(fields=('feedback', 'sequence'), name='one_feedback_act_per_sequence'),
        ),
        AppendOnly("feedback_feedbackact"),
        AppendOnly("feedback_feedbackpromise"),
    ]
