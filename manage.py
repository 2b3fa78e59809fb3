#!/usr/bin/env python
"""Folkmoot's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        django.setup()
    except ImproperlyConfigured as error:
        # Bad configuration is told in one line, not in a traceback: whoever runs this can mend it.
        sys.exit(f"Folkmoot cannot start: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
