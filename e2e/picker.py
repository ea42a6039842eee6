"""The application with the page of crud/tests/picker_urls.py, whose form has a row picker: `e2e.picker:application`."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "academy.settings")

from django.conf import settings

settings.ROOT_URLCONF = "crud.tests.picker_urls"

from academy.wsgi import application  # noqa: E402

__all__ = ["application"]
