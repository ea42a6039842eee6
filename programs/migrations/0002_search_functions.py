"""Extensions and the function behind every folded column."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

# The extension `unaccent` is only STABLE, because its dictionary could be altered; ours is not, and a
# generated column needs IMMUTABLE. Lower case needs a collation that knows more than ASCII: the builtin one
# from PostgreSQL 17 on, else ICU's, else whatever the database has.
FOLD = """
DO $do$
DECLARE
    known text := (SELECT quote_ident(collname) FROM pg_collation
                   WHERE collname IN ('pg_c_utf8', 'und-x-icu') AND collnamespace = 'pg_catalog'::regnamespace
                   ORDER BY collname = 'pg_c_utf8' DESC LIMIT 1);
BEGIN
    EXECUTE format(
        'CREATE FUNCTION public.academy_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE '
        'AS $fn$ SELECT lower(public.unaccent(''public.unaccent''::regdictionary, $1) COLLATE %s) $fn$',
        coalesce(known, '"default"'));
END
$do$
"""


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_initial")]

    operations = [
        BtreeGistExtension(),
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(FOLD, "DROP FUNCTION public.academy_fold(text)"),
    ]
