from django.db import migrations, models
from tenants.isolation.append_only import AppendOnly


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='FormTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form', models.CharField(choices=[('01', 'Giấy tiếp nhận hồ sơ và hẹn trả kết quả'), ('02', 'Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ'), ('03', 'Phiếu từ chối tiếp nhận giải quyết hồ sơ'), ('04', 'Văn bản xin lỗi và đề nghị gia hạn thời gian giải quyết'), ('05', 'Thông báo dừng giải quyết hồ sơ'), ('06', 'Phiếu kiểm soát quá trình giải quyết hồ sơ'), ('07', 'Sổ theo dõi hồ sơ')], max_length=2, verbose_name='biểu mẫu')),
                ('number', models.PositiveIntegerField(verbose_name='bản')),
                ('circular', models.CharField(max_length=40, verbose_name='thông tư')),
                ('effective_from', models.DateField(verbose_name='áp dụng từ ngày')),
                ('source', models.TextField(blank=True, verbose_name='nội dung mẫu')),
                ('checksum', models.CharField(max_length=64, verbose_name='mã kiểm tra')),
                ('created_at', models.DateTimeField(verbose_name='ghi nhận lúc')),
            ],
            options={
                'verbose_name': 'mẫu giấy của tỉnh',
                'verbose_name_plural': 'mẫu giấy của tỉnh',
                'ordering': ['form', '-number'],
                'constraints': [models.UniqueConstraint(fields=('form', 'number'), name='one_form_template_number')],
            },
        ),
        AppendOnly("printing_formtemplate"),
    ]
