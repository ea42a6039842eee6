"""Student numbers are drawn by inserting a student and by nothing else."""

from django.db import migrations

# The trigger of the table calls it with the rights of whoever inserts, so they keep the right to call it.
NUMBER = """
CREATE OR REPLACE FUNCTION public.next_student_number(year integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    sequence text := format('public.student_numbers_%s', year);
    number text;
BEGIN
    IF pg_trigger_depth() = 0 THEN
        RAISE EXCEPTION 'A student number is given by inserting a student.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF year IS NULL OR year NOT BETWEEN 1900 AND 2999 THEN
        RAISE EXCEPTION 'There are no student numbers for the year %.', year USING ERRCODE = 'check_violation';
    END IF;
    IF to_regclass(sequence) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('academy.student_numbers'), year);
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %s', sequence);
    END IF;
    number := nextval(sequence::regclass)::text;
    RETURN format('STU-%s-%s', year, lpad(number, greatest(4, length(number)), '0'));
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("students", "0005_narrow_indexes")]

    operations = [migrations.RunSQL(NUMBER, migrations.RunSQL.noop)]
