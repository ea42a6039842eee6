#!/usr/bin/env python3
"""Academy's command line."""

import os
import sys

# Commands that only look at files; the others find the embedded database running, or start it.
WITHOUT_DATABASE = {"collectstatic", "diffsettings", "findstatic", "help", "startapp", "version"}


def main() -> None:
    """Run a command of Django's or of ours. Ends with a sentence where it can't, or is interrupted."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "academy.settings")
    try:
        run()
    except OSError as error:
        from database import in_the_way

        sys.exit(in_the_way(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")


def run() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command not in {"help", "version"} and not {"-h", "--help"} & set(sys.argv):
        from django.core.exceptions import ImproperlyConfigured
        from environ import Env

        import database
        from academy import configuration
        from database.server_files import EmbeddedError

        try:
            configuration.refuse_wrong()
            if command not in WITHOUT_DATABASE:
                database.start(Env())
            from django.conf import settings

            settings.INSTALLED_APPS  # noqa: B018  Django goes on without settings that refuse to be read
        except (database.DatabaseSetupError, EmbeddedError, ImproperlyConfigured) as error:
            sys.exit(str(error))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
