#!/usr/bin/env python
"""Django's command line for Gangway."""

import os
import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["partner_check"]:
        # Partners run it where nothing of ours is installed and no secret is set.
        from ota.partner_check.command import main

        sys.exit(main(sys.argv[2:], "manage.py partner_check"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
