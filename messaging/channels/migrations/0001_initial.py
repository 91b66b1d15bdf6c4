import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import tenants.isolation.crypto
from django.db import migrations, models
from tenants.isolation.append_only import AppendOnly


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ChannelAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20, verbose_name='kênh')),
                ('name', models.CharField(max_length=60, verbose_name='tài khoản')),
                ('external_id', models.CharField(blank=True, max_length=80, verbose_name='mã tài khoản ở kênh')),
                ('config', models.JSONField(blank=True, default=dict, verbose_name='cấu hình')),
                ('secrets', tenants.isolation.crypto.EncryptedField(blank=True, verbose_name='bí mật')),
                ('generation', models.PositiveIntegerField(default=0, editable=False, verbose_name='đời khóa')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='đổi lúc')),
                ('daily_quota', models.PositiveIntegerField(blank=True, null=True, verbose_name='hạn mức mỗi ngày của kênh')),
                ('quota_reported_at', models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                'verbose_name': 'tài khoản gửi',
                'verbose_name_plural': 'tài khoản gửi',
                'constraints': [models.UniqueConstraint(fields=('channel', 'name'), name='one_account_per_name')],
            },
        ),
        migrations.CreateModel(
            name='CredentialEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('consented', 'được cấp quyền'), ('asked', 'đã hỏi kênh để gia hạn'), ('renewed', 'đã gia hạn'), ('unclear', 'gia hạn không rõ kết quả'), ('later', 'chưa gia hạn được, sẽ thử lại'), ('lost', 'kênh không gia hạn nữa'), ('ended', 'đã bỏ quyền')], max_length=12, verbose_name='việc')),
                ('generation', models.PositiveIntegerField(verbose_name='đời quyền')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='lúc')),
                ('code', models.CharField(blank=True, max_length=40, verbose_name='mã của kênh')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credential_events', to='channels.channelaccount', verbose_name='tài khoản gửi')),
            ],
            options={
                'verbose_name': 'việc về quyền gửi',
                'verbose_name_plural': 'các việc về quyền gửi',
                'ordering': ['pk'],
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
                ('money_limit', models.PositiveIntegerField(blank=True, help_text='Bỏ trống: không giới hạn. Hết tiền, tin vẫn đi bằng đường không mất tiền.', null=True, verbose_name='số tiền tối đa mỗi tháng (đồng)')),
                ('money_spent', models.PositiveIntegerField(default=0, editable=False, verbose_name='đã chi trong tháng (đồng)')),
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
            name='Credential',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('credentials', tenants.isolation.crypto.EncryptedField(blank=True, editable=False)),
                ('generation', models.PositiveIntegerField(default=0, editable=False, verbose_name='đời quyền')),
                ('state', models.CharField(choices=[('none', 'chưa được cấp quyền'), ('active', 'đang dùng được'), ('reauth_required', 'phải cấp quyền lại')], default='none', max_length=16, verbose_name='trạng thái')),
                ('granted_at', models.DateTimeField(blank=True, null=True, verbose_name='được cấp lúc')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='hết hạn lúc')),
                ('trouble', models.CharField(blank=True, max_length=500, verbose_name='vướng mắc')),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='credential', to='channels.channelaccount', verbose_name='tài khoản gửi')),
            ],
            options={
                'verbose_name': 'quyền gửi',
                'verbose_name_plural': 'quyền gửi',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'active'), _negated=True), models.Q(models.Q(('credentials', ''), _negated=True), ('expires_at__isnull', False)), _connector='OR'), name='active_grant_has_credentials')],
            },
        ),
        migrations.CreateModel(
            name='WayRest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(max_length=20, verbose_name='đường gửi')),
                ('rests', models.PositiveIntegerField(default=0, verbose_name='số lần nghỉ liên tiếp')),
                ('rests_until', models.DateTimeField(verbose_name='nghỉ đến')),
                ('trial_until', models.DateTimeField(null=True)),
                ('trouble', models.CharField(blank=True, max_length=500, verbose_name='vướng mắc')),
                ('trouble_since', models.DateTimeField(verbose_name='vướng từ')),
                ('lane', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='way_rests', to='channels.lane', verbose_name='luồng tin')),
            ],
            options={
                'verbose_name': 'đường gửi đang nghỉ',
                'verbose_name_plural': 'đường gửi đang nghỉ',
                'ordering': ['way'],
                'constraints': [models.UniqueConstraint(fields=('lane', 'way'), name='one_rest_per_way')],
            },
        ),
        AppendOnly("channels_credentialevent"),
    ]
