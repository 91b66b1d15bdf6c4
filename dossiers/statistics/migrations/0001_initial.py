from django.db import migrations, models
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='StatisticsSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(choices=[('day', 'một ngày'), ('month', 'một tháng'), ('quarter', 'một quý'), ('year', 'một năm')], max_length=7, verbose_name='kỳ')),
                ('start', models.DateField(verbose_name='ngày đầu kỳ')),
                ('kind', models.CharField(choices=[('normal', 'hồ sơ thủ tục'), ('complaint', 'khiếu nại'), ('conciliation', 'hòa giải')], max_length=12, verbose_name='loại')),
                ('dimension', models.CharField(choices=[('whole', 'toàn tỉnh'), ('agency', 'cơ quan'), ('sector', 'lĩnh vực'), ('procedure', 'thủ tục'), ('channel', 'hình thức nộp')], max_length=10, verbose_name='theo')),
                ('figures', models.JSONField(verbose_name='số liệu')),
                ('computed_at', models.DateTimeField(verbose_name='tính lúc')),
            ],
            options={
                'verbose_name': 'số liệu đã tính',
                'verbose_name_plural': 'số liệu đã tính',
                'constraints': [models.UniqueConstraint(fields=('unit', 'kind', 'dimension', 'start'), name='one_snapshot_per_period')],
            },
        ),
        ChangesVersion("figures", "statistics_statisticssnapshot"),
    ]
