import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('procedures', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='VersionDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField(default=dict, verbose_name='nội dung')),
                ('base', models.JSONField(default=dict, editable=False)),
                ('effective_from', models.DateField(blank=True, null=True, verbose_name='áp dụng từ ngày')),
                ('state', models.CharField(choices=[('draft', 'bản nháp'), ('asked', 'chờ duyệt')], default='draft', max_length=10, verbose_name='bản nháp')),
                ('version', models.PositiveIntegerField(default=0, verbose_name='lần ghi')),
                ('authors', models.JSONField(default=list, editable=False)),
                ('written_at', models.DateTimeField(verbose_name='ghi lúc')),
                ('asked_at', models.DateTimeField(blank=True, null=True, verbose_name='xin duyệt lúc')),
                ('returned_because', models.TextField(blank=True, verbose_name='lý do trả lại')),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người xin duyệt')),
                ('procedure', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='draft', to='procedures.procedure', verbose_name='thủ tục')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người ghi')),
            ],
            options={
                'verbose_name': 'bản nháp thủ tục',
                'verbose_name_plural': 'bản nháp thủ tục',
                'permissions': [('publish_versiondraft', 'Duyệt nội dung thủ tục')],
                'default_permissions': ('view', 'change'),
            },
        ),
    ]
