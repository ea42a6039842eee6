"""A folded text neither begins nor ends with a space, as it would where one of two names is empty."""

from importlib import import_module

from django.db import migrations

FOLD_BEFORE = import_module("programs.migrations.0009_search_spellings").FOLD
FOLDED = "public.academy_fold_word($1)"


class Migration(migrations.Migration):
    dependencies = [("programs", "0010_clean_names")]

    operations = [migrations.RunSQL(FOLD_BEFORE.replace(FOLDED, f"btrim({FOLDED})", 1), FOLD_BEFORE)]
