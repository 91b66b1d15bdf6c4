import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

FROM_EVENTS = """
WITH held AS (
    SELECT event.* FROM dossiers_event event WHERE NOT EXISTS (
        SELECT FROM dossiers_event later
        WHERE later.dossier_id = event.dossier_id AND later.undoes = event.sequence
    )
),
worked AS (
    SELECT dossier_id, coalesce(max(sequence) FILTER (WHERE status NOT IN (3, 7, 8, 9, 10)), 0) AS last_open
    FROM held GROUP BY dossier_id
),
clocks AS (
    SELECT dossier_id, sequence, at, clock = 'pause' AS stops,
           lag(clock = 'pause', 1, false) OVER (PARTITION BY dossier_id ORDER BY sequence) AS stood
    FROM held JOIN worked USING (dossier_id)
    WHERE clock <> 'none' AND sequence <= last_open
),
pauses AS (
    SELECT dossier_id, array_agg(at ORDER BY sequence) AS moments
    FROM clocks WHERE stops <> stood GROUP BY dossier_id
),
ends AS (
    SELECT dossier_id, coalesce(
        min(at) FILTER (WHERE status = 9), min(at) FILTER (WHERE status = 10), min(at)
    ) AS moment
    FROM held JOIN worked USING (dossier_id) WHERE sequence > last_open GROUP BY dossier_id
),
acts AS (SELECT dossier_id, max(at) AS last FROM dossiers_event GROUP BY dossier_id)
UPDATE dossiers_dossier dossier
SET ended_at = ends.moment, pauses = coalesce(pauses.moments, '{}'),
    last_act_at = coalesce(acts.last, dossier.received_at)
FROM dossiers_dossier same
LEFT JOIN acts ON acts.dossier_id = same.id
LEFT JOIN ends ON ends.dossier_id = same.id
LEFT JOIN pauses ON pauses.dossier_id = same.id
WHERE same.id = dossier.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('dossiers', '0002_data_versions'),
    ]

    operations = [
        migrations.AddField(
            model_name='dossier',
            name='ended_at',
            field=models.DateTimeField(null=True, verbose_name='giải quyết xong lúc'),
        ),
        migrations.AddField(
            model_name='dossier',
            name='pauses',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), db_default=[], default=list, size=None, verbose_name='các lần tạm dừng'),
        ),
        migrations.AddField(
            model_name='dossier',
            name='last_act_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='việc cuối lúc'),
        ),
        migrations.RunSQL(FROM_EVENTS, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name='event', name='events_that_end'),
        migrations.AddIndex(
            model_name='dossier',
            index=models.Index(fields=['last_act_at', 'received_at'], name='dossier_by_last_act'),
        ),
    ]
