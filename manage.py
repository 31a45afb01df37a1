#!/usr/bin/env python3
"""Django's command line for the desk. `./desk manage` runs it in the project's own environment."""

import os
import sys


def main() -> None:
    os.umask(0o077)  # conversations, keys and password hashes are for this user's eyes
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asapp_site.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # a knob in the environment: the line says which, a traceback hides it
        sys.exit(f"desk: {error}")


if __name__ == "__main__":
    main()
