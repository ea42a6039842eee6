"""The entry point for WSGI servers."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "academy.settings")

# After the line above: it reads the settings.
from web.requests import below_path, in_utf_8

application = below_path(in_utf_8(get_wsgi_application()), settings.SCRIPT_NAME)


def _refuse_to_start_unsafe() -> None:
    """Stop here where the database fails an isolation check; one that doesn't answer yet is asked again later."""
    from django.db import InterfaceError, OperationalError, connection

    from programs.isolation_checks import refuse_unsafe_database

    try:
        refuse_unsafe_database()
    except (OperationalError, InterfaceError):
        pass  # the first request asks again
    finally:
        connection.close()


_refuse_to_start_unsafe()
