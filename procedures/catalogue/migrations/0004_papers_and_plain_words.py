from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('procedures', '0003_life_events'),
    ]

    operations = [
        migrations.AddField(
            model_name='procedure',
            name='when_needed',
            field=models.TextField(blank=True, db_default='', default='', help_text='Mỗi dòng một ý.', verbose_name='khi nào cần'),
        ),
        migrations.AddField(
            model_name='procedure',
            name='mistakes',
            field=models.TextField(blank=True, db_default='', default='', help_text='Mỗi dòng một ý.', verbose_name='lỗi thường gặp'),
        ),
        migrations.AddField(
            model_name='procedure',
            name='where_guide',
            field=models.TextField(blank=True, db_default='', default='', editable=False, verbose_name='chỉ dẫn nơi nộp'),
        ),
        migrations.AddField(
            model_name='procedure',
            name='english_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=120, verbose_name='tên tiếng Anh'),
        ),
        migrations.AddField(
            model_name='procedure',
            name='english_also',
            field=models.CharField(blank=True, db_default='', default='', help_text='Nhiều tên cách nhau bằng dấu chấm phẩy.', max_length=300, verbose_name='từ tìm kiếm tiếng Anh'),
        ),
        migrations.AddField(
            model_name='procedure',
            name='english_summary',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='tóm tắt tiếng Anh'),
        ),
        migrations.AddField(
            model_name='procedureversion',
            name='text_decision',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='phần hướng dẫn theo quyết định'),
        ),
        migrations.AddField(
            model_name='procedureversion',
            name='text_month',
            field=models.CharField(blank=True, db_default='', default='', max_length=7, verbose_name='tháng của nguồn hướng dẫn'),
        ),
        migrations.AddField(
            model_name='requireddocument',
            name='form',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='mẫu phải điền'),
        ),
        migrations.AddField(
            model_name='requireddocument',
            name='english',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='tên tiếng Anh'),
        ),
    ]
