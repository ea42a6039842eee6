"""The application with the page of crud/tests/picker_urls.py, whose form has a row picker: `e2e.picker:application`."""

from __future__ import annotations

from django.conf import settings

from academy.wsgi import application

# After the line above, which sets Django up.
from crud.tests import picker_urls

settings.ROOT_URLCONF = picker_urls.__name__

__all__ = ["application"]
