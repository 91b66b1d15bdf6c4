import django.db.models.deletion
import django.db.models.functions.datetime
import tenants.isolation.crypto
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('contacts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('account', models.CharField(max_length=60, verbose_name='tài khoản')),
                ('key', models.CharField(editable=False, max_length=64, unique=True)),
                ('raw', tenants.isolation.crypto.EncryptedField(verbose_name='nguyên văn')),
                ('reader', models.CharField(blank=True, default='', editable=False, max_length=16)),
                ('can_wait', models.BooleanField(default=False, editable=False)),
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
                'indexes': [models.Index(condition=models.Q(('state', 'new')), fields=['next_try_at'], name='messaging_inbound'), models.Index(condition=models.Q(('state', 'new')), fields=['channel', 'account', 'reader', 'next_try_at'], name='messaging_inbound_turn')],
            },
        ),
        migrations.CreateModel(
            name='IncomingMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('account', models.CharField(max_length=60, verbose_name='tài khoản')),
                ('provider_id', models.CharField(max_length=100, verbose_name='mã của kênh')),
                ('text', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='nội dung')),
                ('written_at', models.DateTimeField(verbose_name='viết lúc')),
                ('heard_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True, editable=False, verbose_name='nhận lúc')),
                ('answer_due_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('answered_as', models.CharField(blank=True, choices=[('progress', 'hỏi hồ sơ đến đâu, chỉ có mã'), ('details', 'hỏi hồ sơ, có mã tra cứu hoặc đã nối'), ('mine', 'hỏi các hồ sơ đã nối'), ('link', 'nối với hồ sơ'), ('not_found', 'mã không tìm thấy hoặc của tỉnh khác'), ('procedure', 'hỏi thủ tục, tìm thấy'), ('near', 'hỏi thủ tục, chỉ có thủ tục gần giống'), ('desks', 'hỏi giờ, địa chỉ'), ('person', 'xin gặp cán bộ, số điện thoại'), ('menu', 'chào, xem hướng dẫn'), ('stop', 'tắt tin, hoặc được hỏi lại'), ('number', 'nhắn số riêng, được nhắc không nhắn'), ('limited', 'thử sai quá nhiều lần'), ('nothing', 'không hiểu, đã đưa hướng dẫn và số điện thoại')], default='', editable=False, max_length=10, verbose_name='được hiểu là')),
                ('follower', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='heard', to='contacts.follower', verbose_name='người quan tâm')),
            ],
            options={
                'verbose_name': 'tin người dân nhắn đến',
                'verbose_name_plural': 'tin người dân nhắn đến',
                'ordering': ['pk'],
                'indexes': [models.Index(condition=models.Q(('answer_due_at__isnull', False)), fields=['answer_due_at'], name='messaging_to_answer'), models.Index(fields=['follower', '-id'], name='messaging_said_before'), models.Index(condition=models.Q(('answered_as__in', ('nothing', 'near'))), fields=['-id'], name='messaging_unanswered')],
                'constraints': [models.UniqueConstraint(fields=('channel', 'account', 'provider_id'), name='one_row_per_heard_message')],
            },
        ),
    ]
