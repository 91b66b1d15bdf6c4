from django.db import migrations

# Drafts of before say nothing of the short place: it is what is in force, in what they began from as in what they say.
WITH_THE_PLACE = """
    UPDATE procedures_versiondraft AS draft
    SET base = jsonb_build_object('filed_at', procedure.where_text) || draft.base,
        content = jsonb_build_object('filed_at', procedure.where_text) || draft.content
    FROM procedures_procedure AS procedure
    WHERE procedure.id = draft.procedure_id
"""
WITHOUT_IT = "UPDATE procedures_versiondraft SET base = base - 'filed_at', content = content - 'filed_at'"


class Migration(migrations.Migration):
    dependencies = [("procedures", "0005_version_draft")]

    operations = [migrations.RunSQL(WITH_THE_PLACE, WITHOUT_IT)]
