from django.db import migrations, models
from tenants.isolation.append_only import AppendOnly
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='WorkflowAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('kind', 'loại'), ('sector', 'lĩnh vực'), ('procedure', 'thủ tục')], max_length=10, verbose_name='phạm vi')),
                ('key', models.CharField(help_text='Loại, tên lĩnh vực không dấu, hoặc mã thủ tục.', max_length=500, verbose_name='áp dụng cho')),
                ('workflow_code', models.CharField(max_length=60, verbose_name='mã quy trình')),
            ],
            options={
                'verbose_name': 'phạm vi áp dụng quy trình',
                'verbose_name_plural': 'phạm vi áp dụng quy trình',
                'ordering': ['scope', 'key'],
                'constraints': [models.UniqueConstraint(fields=('scope', 'key'), name='workflowassignment_one_workflow')],
            },
        ),
        migrations.CreateModel(
            name='WorkflowVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, verbose_name='mã')),
                ('number', models.PositiveIntegerField(verbose_name='bản')),
                ('data', models.JSONField(verbose_name='nội dung')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='tạo lúc')),
            ],
            options={
                'verbose_name': 'quy trình',
                'verbose_name_plural': 'quy trình',
                'ordering': ['code', '-number'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('code', 'number'), name='workflowversion_one_number')],
            },
        ),
        AppendOnly("workflow_workflowversion"),
        ChangesVersion("catalogue", "workflow_workflowversion", "workflow_workflowassignment"),
    ]
