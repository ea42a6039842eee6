"""Why a search found those students whose names do not say it."""

from __future__ import annotations

import uuid

from django.db import connection
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crud.names import search_words

from .models import Student
from .search import EVERYWHERE_FROM, is_phone, phone_needle

LABELS = {
    "phone": _("Phone: %(what)s"),
    "email": _("E-mail: %(what)s"),
    "contact": _("Contact: %(what)s"),
    "condition": _("Condition: %(what)s"),
}
PUBLIC = """
SELECT 1 AS place, 'phone' AS kind, phone AS what, regexp_replace(phone, '[^0-9]', '', 'g') AS words
UNION ALL SELECT 2, 'email', email, academy_fold(email)"""
PRIVATE = """
UNION ALL SELECT 3, 'contact', one ->> 'name', academy_fold(concat_ws(' ', one ->> 'name',
    regexp_replace(one ->> 'phone', '[^0-9]', '', 'g'), one ->> 'email'))
    FROM jsonb_path_query(emergency_contact, '$.contacts[*]') AS one
UNION ALL SELECT 4, 'condition', one ->> 'name', academy_fold(one ->> 'name')
    FROM jsonb_path_query(medical_info, '$.conditions[*]') AS one"""


def found_by(keys: list[uuid.UUID], text: str, *, private: bool) -> dict[uuid.UUID, SafeString]:
    """A line such as "Contact: Maria Weber" for each of these students that has what `text` looks for; one query.

    What has the most of its words is told. `private` says that the reader may know contacts and conditions.
    """
    words = [phone_needle(text)] if is_phone(text) else search_words(text)
    # As the search does, which finds short words at the beginning of others alone.
    words = [word if len(word) >= EVERYWHERE_FROM else f" {word}" for word in words]
    if not keys or not words:
        return {}
    # Nothing a user sent is in the text of it.
    sql = f"""SELECT DISTINCT ON (id) id, kind, what FROM {Student._meta.db_table}
        CROSS JOIN LATERAL ({PUBLIC}{PRIVATE if private else ""}) AS known
        CROSS JOIN LATERAL (SELECT count(*) AS number FROM unnest(%s::text[]) AS word
            WHERE strpos(' ' || words, academy_fold_word(word)) > 0) AS hits
        WHERE id = ANY(%s) AND number > 0 ORDER BY id, number DESC, place"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [words, keys])
        return {
            key: format_html('<div class="sub truncate">{}</div>', LABELS[kind] % {"what": what})
            for key, kind, what in cursor.fetchall()
        }
