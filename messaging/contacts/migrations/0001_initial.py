import django.db.models.deletion
import django.db.models.functions.datetime
import tenants.isolation.crypto
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('channels', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='họ tên hoặc tên tổ chức')),
                ('is_organisation', models.BooleanField(default=False, verbose_name='là tổ chức')),
                ('phone', tenants.isolation.crypto.EncryptedField(verbose_name='số điện thoại')),
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
            name='Follower',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('account', models.CharField(max_length=60, verbose_name='tài khoản')),
                ('address', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='địa chỉ')),
                ('address_index', models.CharField(editable=False, max_length=64)),
                ('app_address', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='địa chỉ chung của ứng dụng')),
                ('app_address_index', models.CharField(blank=True, editable=False, max_length=64)),
                ('state', models.CharField(choices=[('stranger', 'chưa quan tâm'), ('following', 'đang quan tâm'), ('left', 'đã bỏ quan tâm'), ('erased', 'đã xóa theo yêu cầu')], default='stranger', max_length=10, verbose_name='trạng thái')),
                ('state_changed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('followed_at', models.DateTimeField(blank=True, null=True, verbose_name='quan tâm từ')),
                ('last_heard_at', models.DateTimeField(blank=True, null=True, verbose_name='lần cuối lên tiếng')),
                ('human_until', models.DateTimeField(blank=True, null=True, verbose_name='cán bộ đang trả lời đến')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='ghi lúc')),
            ],
            options={
                'verbose_name': 'người quan tâm',
                'verbose_name_plural': 'người quan tâm',
                'ordering': ['-pk'],
                'indexes': [models.Index(condition=models.Q(('app_address_index', ''), _negated=True), fields=['app_address_index'], name='messaging_app_address')],
                'constraints': [models.UniqueConstraint(fields=('channel', 'account', 'address_index'), name='one_follower_per_address')],
            },
        ),
        migrations.CreateModel(
            name='FollowerList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cursor', models.TextField(blank=True, editable=False)),
                ('seen', models.PositiveIntegerField(default=0, editable=False, verbose_name='đã đọc')),
                ('started_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='bắt đầu lúc')),
                ('finished_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='xong lúc')),
                ('read_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='trang gần nhất lúc')),
                ('trouble', models.CharField(blank=True, editable=False, max_length=500, verbose_name='vướng mắc')),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='follower_list', to='channels.channelaccount', verbose_name='tài khoản gửi')),
            ],
            options={
                'verbose_name': 'danh sách người quan tâm',
                'verbose_name_plural': 'danh sách người quan tâm',
            },
        ),
        migrations.CreateModel(
            name='Rating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('account', models.CharField(max_length=60, verbose_name='tài khoản')),
                ('tracking_id', models.UUIDField(blank=True, null=True, verbose_name='mã theo dõi')),
                ('rating', models.PositiveSmallIntegerField(verbose_name='số sao')),
                ('note', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='lời góp ý')),
                ('event', models.BigIntegerField(editable=False)),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='nhận lúc')),
            ],
            options={
                'verbose_name': 'đánh giá tin',
                'verbose_name_plural': 'đánh giá tin',
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(fields=('event', 'tracking_id'), name='one_rating_per_callback', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('rating__range', (1, 5))), name='rating_of_five')],
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
                ('refused_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='contacts.contact', verbose_name='người nhận')),
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
                ('value', tenants.isolation.crypto.EncryptedField(verbose_name='địa chỉ')),
                ('value_index', models.CharField(editable=False, max_length=64)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='ghi lúc')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='addresses', to='contacts.contact', verbose_name='người nhận')),
            ],
            options={
                'verbose_name': 'địa chỉ nhận tin',
                'verbose_name_plural': 'địa chỉ nhận tin',
                'indexes': [models.Index(fields=['kind', 'value_index'], name='contacts_address_value')],
                'constraints': [models.UniqueConstraint(fields=('contact', 'kind'), name='one_address_per_kind')],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('subject', models.CharField(max_length=120, verbose_name='về việc')),
                ('linked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='nối lúc')),
                ('evidence', models.CharField(max_length=200, verbose_name='căn cứ nối')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='contacts.contact', verbose_name='người nhận')),
                ('follower', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='contacts.follower', verbose_name='người quan tâm')),
            ],
            options={
                'verbose_name': 'liên kết nhận tin',
                'verbose_name_plural': 'liên kết nhận tin',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('channel', 'subject'), name='one_reader_per_subject')],
            },
        ),
    ]
