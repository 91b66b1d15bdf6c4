import django.core.validators
import django.db.models.deletion
import tenants.clock
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DataVersion',
            fields=[
                ('topic', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('version', models.UUIDField()),
            ],
            options={
                'verbose_name': 'phiên bản dữ liệu',
                'verbose_name_plural': 'phiên bản dữ liệu',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Agency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=35, unique=True, verbose_name='mã định danh')),
                ('name', models.CharField(max_length=200, verbose_name='tên')),
                ('name_en', models.CharField(blank=True, max_length=200, verbose_name='tên tiếng Anh')),
                ('level', models.CharField(choices=[('province', 'cấp tỉnh'), ('commune', 'cấp xã'), ('district', 'cấp huyện (đã kết thúc)')], default='commune', max_length=10, verbose_name='cấp')),
                ('is_desk', models.BooleanField(default=False, verbose_name='nhận và trả hồ sơ')),
                ('address', models.CharField(blank=True, max_length=250, verbose_name='địa chỉ')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='điện thoại')),
                ('hours', models.CharField(blank=True, max_length=120, verbose_name='giờ làm việc')),
                ('lat', models.DecimalField(blank=True, decimal_places=6, help_text='Độ thập phân, ví dụ 12.668500; để liên kết bản đồ chỉ đúng cửa.', max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(Decimal('6')), django.core.validators.MaxValueValidator(Decimal('23.5'))], verbose_name='vĩ độ')),
                ('lon', models.DecimalField(blank=True, decimal_places=6, help_text='Độ thập phân, ví dụ 108.038200.', max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(Decimal('102')), django.core.validators.MaxValueValidator(Decimal('118'))], verbose_name='kinh độ')),
                ('dissolved_on', models.DateField(blank=True, null=True, verbose_name='kết thúc từ ngày')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='organisation.agency', verbose_name='trực thuộc')),
                ('successor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='organisation.agency', verbose_name='được kế thừa bởi')),
            ],
            options={
                'verbose_name': 'cơ quan, đơn vị',
                'verbose_name_plural': 'cơ quan, đơn vị',
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('clerk', 'cán bộ tiếp nhận'), ('specialist', 'chuyên viên'), ('leader', 'lãnh đạo'), ('communications', 'cán bộ truyền thông'), ('auditor', 'thanh tra, kiểm toán'), ('administrator', 'quản trị tỉnh'), ('feed', 'hệ thống gửi hồ sơ')], max_length=20, verbose_name='vai trò')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='organisation.agency', verbose_name='cơ quan')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to=settings.AUTH_USER_MODEL, verbose_name='người')),
            ],
            options={
                'verbose_name': 'phân công',
                'verbose_name_plural': 'phân công',
            },
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField(verbose_name='từ ngày')),
                ('last_day', models.DateField(verbose_name='đến hết ngày')),
                ('made_at', models.DateTimeField(default=tenants.clock.now, verbose_name='lập lúc')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='chấm dứt lúc')),
                ('assignment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='delegations', to='organisation.assignment', verbose_name='phân công')),
                ('to', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='delegations', to=settings.AUTH_USER_MODEL, verbose_name='người được ủy quyền')),
            ],
            options={
                'verbose_name': 'ủy quyền',
                'verbose_name_plural': 'ủy quyền',
                'ordering': ['first_day', 'pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(fields=('user', 'agency', 'role'), name='one_assignment_per_role'),
        ),
        ChangesVersion("catalogue", "organisation_agency"),
    ]
