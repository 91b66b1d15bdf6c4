import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from tenants.audit import log
from tenants.isolation.append_only import AppendOnly


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('admin', '0003_logentry_add_action_flag_choices'),
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, verbose_name='lúc')),
                ('actor_name', models.CharField(blank=True, max_length=150, verbose_name='tài khoản')),
                ('action', models.CharField(max_length=60, verbose_name='mã việc')),
                ('subject', models.CharField(blank=True, max_length=120, verbose_name='đối tượng')),
                ('detail', models.JSONField(default=dict, verbose_name='chi tiết')),
                ('address', models.GenericIPAddressField(null=True, verbose_name='địa chỉ mạng')),
                ('actor', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, to=settings.AUTH_USER_MODEL, verbose_name='người làm')),
            ],
            options={
                'verbose_name': 'dòng nhật ký',
                'verbose_name_plural': 'nhật ký',
                'ordering': ['-at', '-pk'],
                'abstract': False,
                'indexes': [models.Index(fields=['subject', '-at'], name='audit_audit_subject_cb7562_idx')],
            },
        ),
        migrations.CreateModel(
            name='Unsealed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=63, verbose_name='bảng')),
                ('row_id', models.BigIntegerField(verbose_name='dòng')),
                ('since', models.DateTimeField(verbose_name='từ lúc')),
            ],
            options={
                'verbose_name': 'dòng chờ niêm',
                'verbose_name_plural': 'dòng chờ niêm',
            },
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('position', models.BigIntegerField(db_column='id', primary_key=True, serialize=False, verbose_name='vị trí')),
                ('source', models.CharField(blank=True, max_length=63, verbose_name='bảng')),
                ('row_id', models.BigIntegerField(verbose_name='dòng')),
                ('at', models.DateTimeField(verbose_name='lúc')),
                ('seal', models.CharField(max_length=64, verbose_name='niêm')),
            ],
            options={
                'verbose_name': 'vị trí đã niêm',
                'verbose_name_plural': 'vị trí đã niêm',
            },
        ),
        AppendOnly("audit_auditentry"),
        AppendOnly("audit_seal"),
        AppendOnly("django_admin_log"),
        migrations.RunSQL(
            [log.ORIGIN],
            [
                "DROP TRIGGER IF EXISTS audit_auditentry_origin ON audit_auditentry",
                "DROP FUNCTION IF EXISTS set_origin()",
            ],
        ),
    ]
