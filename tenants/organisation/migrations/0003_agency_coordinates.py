import decimal

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0002_data_versions'),
    ]

    operations = [
        migrations.AddField(
            model_name='agency',
            name='lat',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='Độ thập phân, ví dụ 12.668500; để liên kết bản đồ chỉ đúng cửa.', max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(decimal.Decimal('6')), django.core.validators.MaxValueValidator(decimal.Decimal('23.5'))], verbose_name='vĩ độ'),
        ),
        migrations.AddField(
            model_name='agency',
            name='lon',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='Độ thập phân, ví dụ 108.038200.', max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(decimal.Decimal('102')), django.core.validators.MaxValueValidator(decimal.Decimal('118'))], verbose_name='kinh độ'),
        ),
    ]
