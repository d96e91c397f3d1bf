#!/usr/bin/env python
"""Command line of m-SKP · SIMPEG."""

import os
import sys

RULE_COMMANDS = {"evaluate_rule", "check_rules"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
    if RULE_COMMANDS & set(sys.argv[1:2]):
        os.environ["RULES_ONLY"] = "1"
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        sys.exit("Pustaka belum terpasang. Jalankan lebih dulu: make setup, lalu .venv/bin/python manage.py …")
    from backend.platform.embedded import EmbeddedServerError

    try:
        execute_from_command_line(sys.argv)
    except EmbeddedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
