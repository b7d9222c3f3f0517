#!/usr/bin/env python
"""Django's command line; starts the embedded engines when no outside ones are named."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scf.settings.dev")
    from scf.kernel import embedded

    embedded.provide_for(sys.argv)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
