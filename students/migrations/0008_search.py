"""Names without invisible characters; the search asks e-mails and what only some may read, too."""

import pgtrigger.compiler
import pgtrigger.migrations
import students.expressions
from django.db import migrations, models

from database.operations import clean_names, fold_anew


# Conditions before contacts: a row of an index holds 2,700 bytes at most, and the e-mails are missed least.
PRIVATE_WORDS = """
CREATE FUNCTION public.students_private_words(contact jsonb, medical jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $fn$
DECLARE
    words text;
BEGIN
    IF contact = '{}' AND medical = '{}' THEN
        RETURN '';
    END IF;
    words := concat_ws(' ',
        (SELECT string_agg(one #>> '{}', ' ') FROM jsonb_path_query(medical, '$.conditions[*].name') AS one),
        (SELECT string_agg(one #>> '{}', ' ') FROM jsonb_path_query(contact, '$.contacts[*].name') AS one),
        (SELECT string_agg(regexp_replace(one #>> '{}', '[^0-9]', '', 'g'), ' ')
         FROM jsonb_path_query(contact, '$.contacts[*].phone') AS one),
        (SELECT string_agg(one #>> '{}', ' ') FROM jsonb_path_query(contact, '$.contacts[*].email') AS one));
    RETURN CASE WHEN words = '' THEN '' ELSE ' ' || public.academy_fold(words) END;
END
$fn$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0010_clean_names"),
        ("students", "0007_emergency_looks"),
    ]

    operations = [
        clean_names("students", "first_name", "last_name"),
        fold_anew(
            "students",
            "first_name",
            search_name="academy_fold(first_name || ' ' || last_name || ' ' || substring(student_id, 5))",
            sort_name="academy_fold(last_name || ' ' || first_name)",
        ),
        migrations.RunSQL(PRIVATE_WORDS, "DROP FUNCTION public.students_private_words(jsonb, jsonb)"),
        migrations.AddField(
            model_name="student",
            name="private_words",
            field=models.GeneratedField(
                db_persist=True,
                expression=students.expressions.PrivateWords("emergency_contact", "medical_info"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), models.Q(("email", ""), _negated=True)),
                fields=["program", "email", "id"],
                name="students_by_email",
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", True), models.Q(("private_words", ""), _negated=True)
                ),
                fields=["program", "private_words", "id"],
                name="students_by_private_words",
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                models.F("program"),
                models.OrderBy(models.F("date_of_birth"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("deleted_at__isnull", True)),
                include=("status",),
                name="students_by_birth_down",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="student",
            trigger=pgtrigger.compiler.Trigger(
                name="clean_names",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="NEW.first_name = public.academy_clean_name(NEW.first_name); NEW.last_name = public.academy_clean_name(NEW.last_name); IF octet_length(NEW.emergency_contact::text) <> length(NEW.emergency_contact::text) THEN NEW.emergency_contact = public.academy_clean_name(NEW.emergency_contact::text)::jsonb; END IF; RETURN NEW;",
                    hash="00c9a9e7b2e8e17b84c4fc3847524e2304468178",
                    operation='INSERT OR UPDATE OF "first_name", "last_name", "emergency_contact"',
                    pgid="pgtrigger_clean_names_338d2",
                    table="students",
                    when="BEFORE",
                ),
            ),
        ),
    ]
