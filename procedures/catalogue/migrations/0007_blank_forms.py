import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from tenants.organisation.data_version import ChangesVersion


class Migration(migrations.Migration):

    dependencies = [
        ('procedures', '0006_place_in_drafts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BlankForm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(editable=False, max_length=200, unique=True, verbose_name='tên trong địa chỉ')),
                ('code', models.CharField(help_text='Như giấy tờ của thủ tục gọi: CT01, 18.', max_length=200, verbose_name='ký hiệu mẫu')),
                ('annex', models.CharField(blank=True, max_length=60, verbose_name='phụ lục')),
                ('source', models.CharField(blank=True, help_text='Loại và số văn bản: Thông tư 53/2025/TT-BCA.', max_length=200, verbose_name='ban hành kèm theo')),
                ('issued_on', models.DateField(blank=True, null=True, verbose_name='ngày văn bản')),
                ('title', models.CharField(blank=True, max_length=300, verbose_name='tên tờ khai')),
                ('english', models.CharField(blank=True, max_length=300, verbose_name='tên tiếng Anh')),
                ('address', models.URLField(blank=True, max_length=500, verbose_name='địa chỉ bản chính thức')),
                ('edited', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'verbose_name': 'tờ khai',
                'verbose_name_plural': 'tờ khai',
                'ordering': ['key'],
                'default_permissions': ('view', 'add', 'change'),
            },
        ),
        migrations.CreateModel(
            name='FormFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.BinaryField(verbose_name='nội dung')),
                ('content_type', models.CharField(max_length=100, verbose_name='loại tệp')),
                ('size', models.PositiveIntegerField(verbose_name='số byte')),
                ('sha256', models.CharField(max_length=64)),
                ('uploaded_at', models.DateTimeField(verbose_name='đưa lên lúc')),
                ('replaced_at', models.DateTimeField(blank=True, null=True, verbose_name='thôi dùng lúc')),
                ('form', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='procedures.blankform', verbose_name='tờ khai')),
                ('uploaded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người đưa lên')),
            ],
            options={
                'verbose_name': 'tệp tờ khai',
                'verbose_name_plural': 'tệp tờ khai',
                'ordering': ['form_id', '-pk'],
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('form',), name='one_sheet_of_a_form')],
            },
        ),
        ChangesVersion("catalogue", "procedures_blankform", "procedures_formfile"),
    ]
