"""One form for stored names and for what is searched; names without invisible characters."""

from django.db import migrations

# What stands in a name and shows nothing. Joiners and variation selectors are told apart: some scripts need them.
INVISIBLE = (
    r"\u0001-\u0008\u000E-\u001F\u007F-\u0084\u0086-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F"
    r"\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\u2800\u3164\uFEFF\uFFA0\uFFF9-\uFFFB"
    r"\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E00FF\U000E01F0-\U000E0FFF"
)
JOINERS = r"\u200C\u200D"
SELECTORS = r"\uFE00-\uFE0F\U000E0100-\U000E01EF"
# Arabic, the scripts of India and their neighbours, Mongolian: there a joiner changes how a name is written.
JOINED = r"\u0600-\u08FF\u0900-\u0DFF\u1000-\u109F\u1780-\u17FF\u1800-\u18AF\uA840-\uA87F"
# Emoji are joined, too, and chosen to be in colour.
PICTURES = r"\u00A9\u00AE\u203C\u2049\u2100-\u2BFF\u3030\u303D\U0001F000-\U0001FAFF"
IDEOGRAPHS = r"\u2E80-\u9FFF\uF900-\uFAFF\U00020000-\U0003FFFF"
BREAKS = r"\u0009-\u000D\u0085\u2028\u2029"
SPACES = r"\u0009-\u000D \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
# Accents, the vowel signs of Arabic and the points of Hebrew, as they stand after decomposition.
MARKS = (
    r"\u0300-\u036F\u0483-\u0489\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0640\u064B-\u065F\u0670"
    r"\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u0898-\u089F\u08CA-\u08E1\u08E3-\u08FF"
    r"\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\uFE20-\uFE2F"
)
APOSTROPHES = "''`´‘’‛ʹʻʼʽˈ′＇"  # the first two are one in SQL
WITHOUT_SPACES = r"\u3040-\u30FF\u3400-\u9FFF\uAC00-\uD7AF"

CLEAN_NAME = rf"""
CREATE FUNCTION public.academy_clean_name(raw text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $fn$
DECLARE
    name text := raw;
BEGIN
    IF octet_length(name) = length(name) AND name !~ '[\u0001-\u001F\u007F]|^ | $' THEN
        RETURN name;
    END IF;
    IF octet_length(name) <> length(name) THEN
        name := regexp_replace(name, '[{INVISIBLE}]|(?<![{JOINED}{PICTURES}])(?<![{PICTURES}]\uFE0F)[{JOINERS}]'
                                     '|[{JOINERS}](?![{JOINED}{PICTURES}])|(?<![{IDEOGRAPHS}{PICTURES}])[{SELECTORS}]',
                               '', 'g');
        name := normalize(name, NFC);
    ELSIF name ~ '[\u0001-\u001F\u007F]' THEN
        name := regexp_replace(name, '[\u0001-\u0008\u000E-\u001F\u007F]', '', 'g');
    END IF;
    RETURN regexp_replace(regexp_replace(name, '[{BREAKS}]+', ' ', 'g'), '^[{SPACES}]+|[{SPACES}]+$', '', 'g');
END
$fn$
"""

# As in the first version of `academy_fold`: lower case needs a collation that knows more than ASCII.
WITH_COLLATION = """
DO $do$
DECLARE
    known text := coalesce(
        (SELECT quote_ident(collname) FROM pg_collation
         WHERE collname IN ('pg_c_utf8', 'und-x-icu') AND collnamespace = 'pg_catalog'::regnamespace
         ORDER BY collname = 'pg_c_utf8' DESC LIMIT 1), '"default"');
BEGIN
    EXECUTE replace($def${definition}$def$, 'COLLATION_THAT_KNOWS', known);
END
$do$
"""

FOLD_WORD = WITH_COLLATION.replace(
    "{definition}",
    rf"""
CREATE FUNCTION public.academy_fold_word(raw text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $fn$
DECLARE
    folded text;
BEGIN
    IF octet_length(raw) = length(raw) THEN
        folded := translate(lower(raw COLLATE COLLATION_THAT_KNOWS), '''`', '');
        RETURN left(CASE WHEN folded ~ '  ' THEN regexp_replace(folded, ' +', ' ', 'g') ELSE folded END, 450);
    END IF;
    -- An acute accent of its own is an apostrophe; decomposed it would be a space.
    folded := normalize(translate(raw, '{APOSTROPHES}', ''), NFKD);
    folded := normalize(regexp_replace(folded, '[{MARKS}{INVISIBLE}{JOINERS}{SELECTORS}]', '', 'g'), NFC);
    folded := translate(folded, '־‐‑‒–—−・', '------- ');
    folded := lower(public.unaccent('public.unaccent'::regdictionary, folded) COLLATE COLLATION_THAT_KNOWS);
    RETURN left(regexp_replace(translate(folded, 'ς''', 'σ'), ' +', ' ', 'g'), 450);
END
$fn$
""",
)

FOLD = rf"""
CREATE OR REPLACE FUNCTION public.academy_fold(text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $fn$
DECLARE
    folded text := public.academy_fold_word($1);
    spelled text := '';
    others text := '';
BEGIN
    -- A row of an index holds 2,700 bytes at most.
    IF length(folded) > 120 THEN
        RETURN folded;
    END IF;
    IF octet_length($1) <> length($1) THEN
        spelled := normalize($1, NFC);
        IF spelled ~ '[äöüøåÄÖÜØÅ]' THEN
            spelled := replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(spelled,
                'ä', 'ae'), 'ö', 'oe'), 'ø', 'oe'), 'ü', 'ue'), 'å', 'aa'),
                'Ä', 'ae'), 'Ö', 'oe'), 'Ø', 'oe'), 'Ü', 'ue'), 'Å', 'aa');
            spelled := public.academy_fold_word(spelled);
            others := ' ' || spelled;
        ELSE
            spelled := '';
        END IF;
        IF folded ~ '[{WITHOUT_SPACES}]' AND folded ~ ' ' THEN
            others := others || ' ' || replace(folded, ' ', '');
        END IF;
    END IF;
    IF folded ~ '[^ 0-9-]-[^ 0-9-]' THEN
        others := others || ' ' || regexp_replace(folded, '([^ 0-9-])-(?=[^ 0-9-])', '\1', 'g');
        IF spelled <> '' THEN
            others := others || ' ' || regexp_replace(spelled, '([^ 0-9-])-(?=[^ 0-9-])', '\1', 'g');
        END IF;
    END IF;
    -- Two spaces stand nowhere else: what is before them is the name itself.
    RETURN CASE WHEN others = '' THEN folded ELSE folded || ' ' || left(others, 250) END;
END
$fn$
"""

FOLD_BEFORE = """
DO $do$
DECLARE
    known text := (SELECT quote_ident(collname) FROM pg_collation
                   WHERE collname IN ('pg_c_utf8', 'und-x-icu') AND collnamespace = 'pg_catalog'::regnamespace
                   ORDER BY collname = 'pg_c_utf8' DESC LIMIT 1);
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION public.academy_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE '
        'AS $fn$ SELECT lower(public.unaccent(''public.unaccent''::regdictionary, $1) COLLATE %s) $fn$',
        coalesce(known, '"default"'));
END
$do$
"""

# {a regular expression, and two patterns of which one is in every text that it matches: LIKE is ten times as quick}
ONE_LETTER_OFF = r"""
CREATE FUNCTION public.academy_one_letter_off(raw text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $fn$
DECLARE
    word text := public.academy_fold_word(raw);
    size integer := length(word);
    letters text[];
    first integer := CASE WHEN size < 4 THEN 2 ELSE 1 END;
    found text[] := '{}';
    before text;
BEGIN
    IF size NOT BETWEEN 3 AND 30 OR word ~ '[0-9@ ]' THEN
        RETURN NULL;
    END IF;
    letters := ARRAY(SELECT regexp_replace(letter, '([.^$*+?(){}|\[\]\\-])', '\\\1')
                     FROM unnest(regexp_split_to_array(word, '')) WITH ORDINALITY AS one (letter, place)
                     ORDER BY place);
    FOR place IN first..size LOOP
        before := array_to_string(letters[:place - 1], '');
        -- another letter or none in this place, one more before it, or this one after the next
        found := found || (before || '[^ ]?' || array_to_string(letters[place + 1:], ''))
                       || (before || '[^ ]' || array_to_string(letters[place:], ''));
        IF place < size THEN
            found := found || (before || letters[place + 1] || letters[place]
                               || array_to_string(letters[place + 2:], ''));
        END IF;
    END LOOP;
    found := found || (array_to_string(letters, '') || '[^ ]');
    RETURN ARRAY['(^|[ -])(' || array_to_string(found, '|') || ')' || CASE WHEN size < 6 THEN '($|[ -])' ELSE '' END]
        || ARRAY(SELECT '%' || regexp_replace(half, '([\\%_])', '\\\1', 'g') || '%'
                 FROM unnest(ARRAY[left(word, (size - 1) / 2), right(word, (size - 1) / 2)]) AS half);
END
$fn$
"""


class Migration(migrations.Migration):
    dependencies = [("programs", "0008_program_settings")]

    operations = [
        migrations.RunSQL(CLEAN_NAME, "DROP FUNCTION public.academy_clean_name(text)"),
        migrations.RunSQL(FOLD_WORD, "DROP FUNCTION public.academy_fold_word(text)"),
        migrations.RunSQL(FOLD, FOLD_BEFORE),
        migrations.RunSQL(ONE_LETTER_OFF, "DROP FUNCTION public.academy_one_letter_off(text)"),
    ]
