import django.core.validators
import django.db.models.deletion
import django_tenants.postgresql_backend.base
import uuid
from django.conf import settings
from django.db import migrations, models
from tenants.isolation.append_only import AppendOnly


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Province',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('schema_name', models.CharField(db_index=True, max_length=63, unique=True, validators=[django_tenants.postgresql_backend.base._check_schema_name])),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=100, verbose_name='tên chính thức')),
                ('short_name', models.CharField(max_length=60, verbose_name='tên ngắn')),
                ('agency_code', models.CharField(max_length=8, verbose_name='mã định danh cấp 1')),
                ('merged_from', models.JSONField(blank=True, default=list, verbose_name='hợp nhất từ')),
                ('hotline', models.CharField(blank=True, max_length=30, verbose_name='tổng đài')),
                ('brand', models.CharField(default='#0B5394', max_length=7, validators=[django.core.validators.RegexValidator('\\A#[0-9a-fA-F]{6}\\Z', 'Màu phải viết dạng #0b5394.')], verbose_name='màu chính')),
                ('brand_dark', models.CharField(default='#073A68', max_length=7, validators=[django.core.validators.RegexValidator('\\A#[0-9a-fA-F]{6}\\Z', 'Màu phải viết dạng #0b5394.')], verbose_name='màu chính, đậm')),
                ('tint', models.CharField(default='#EAF1F8', max_length=7, validators=[django.core.validators.RegexValidator('\\A#[0-9a-fA-F]{6}\\Z', 'Màu phải viết dạng #0b5394.')], verbose_name='màu nền nhạt')),
                ('hours', models.CharField(blank=True, max_length=120, verbose_name='giờ làm việc')),
                ('site_verifications', models.JSONField(blank=True, default=list, verbose_name='dấu xác minh tên miền')),
                ('without_channels', models.JSONField(blank=True, default=list, verbose_name='văn bản chưa dùng kênh báo tin')),
                ('state', models.CharField(choices=[('draft', 'đang chuẩn bị'), ('pilot', 'chạy thử'), ('live', 'đang phục vụ'), ('paused', 'tạm dừng'), ('archived', 'đã lưu trữ'), ('unfinished', 'chưa dựng xong')], default='draft', max_length=10, verbose_name='trạng thái')),
                ('demo', models.BooleanField(default=False, verbose_name='dữ liệu minh họa')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'tỉnh, thành phố',
                'verbose_name_plural': 'tỉnh, thành phố',
            },
        ),
        migrations.CreateModel(
            name='Domain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('domain', models.CharField(db_index=True, max_length=253, unique=True)),
                ('is_primary', models.BooleanField(db_index=True, default=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='domains', to='tenants.province')),
            ],
            options={
                'verbose_name': 'tên miền',
                'verbose_name_plural': 'tên miền',
            },
        ),
        migrations.CreateModel(
            name='OperatorsEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, verbose_name='lúc')),
                ('actor_name', models.CharField(blank=True, max_length=150, verbose_name='tài khoản')),
                ('act', models.CharField(max_length=60, verbose_name='việc')),
                ('slug', models.CharField(blank=True, max_length=63, verbose_name='tỉnh')),
                ('detail', models.JSONField(default=dict, verbose_name='chi tiết')),
                ('actor', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, to=settings.AUTH_USER_MODEL, verbose_name='người làm')),
            ],
            options={
                'verbose_name': 'dòng nhật ký vận hành',
                'verbose_name_plural': 'nhật ký vận hành',
                'ordering': ['-at', '-pk'],
                'abstract': False,
                'indexes': [models.Index(fields=['slug', 'act', '-at'], name='operators_of_a_province')],
            },
        ),
        migrations.CreateModel(
            name='ChannelRoute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20)),
                ('app', models.CharField(max_length=80)),
                ('external_id', models.CharField(max_length=80)),
                ('account', models.CharField(max_length=60)),
                ('secret', models.TextField()),
                ('province', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='channel_routes', to='tenants.province')),
            ],
            options={
                'verbose_name': 'tài khoản kênh của tỉnh',
                'verbose_name_plural': 'tài khoản kênh của tỉnh',
                'constraints': [models.UniqueConstraint(fields=('channel', 'app', 'external_id'), name='one_province_per_account'), models.UniqueConstraint(fields=('province', 'channel', 'account'), name='one_route_per_account')],
            },
        ),
        migrations.CreateModel(
            name='LogHead',
            fields=[
                ('province', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='log_head', serialize=False, to='tenants.province')),
                ('position', models.BigIntegerField(verbose_name='vị trí cuối')),
                ('restarts', models.JSONField(default=list, verbose_name='các lần phục hồi')),
            ],
            options={
                'verbose_name': 'đầu sổ của tỉnh',
                'verbose_name_plural': 'đầu sổ của tỉnh',
            },
        ),
        AppendOnly("tenants_operatorsentry"),
    ]
