"""A folded text neither begins nor ends with a space, as it would where one of two names is empty."""

from importlib import import_module

from django.db import migrations

FOLD_BEFORE = import_module("programs.migrations.0009_search_spellings").FOLD
FOLD = FOLD_BEFORE
for folded in ("public.academy_fold_word($1)", "public.academy_fold_word(spelled)"):
    FOLD = FOLD.replace(folded, f"btrim({folded})")


class Migration(migrations.Migration):
    dependencies = [("programs", "0011_addresses")]

    operations = [migrations.RunSQL(FOLD, FOLD_BEFORE)]
