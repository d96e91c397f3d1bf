#!/usr/bin/env python
"""Command line of m-SKP · SIMPEG."""

import os
import sys
from importlib import import_module

RULE_COMMANDS = {"evaluate_rule", "check_rules"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
    if RULE_COMMANDS & set(sys.argv[1:2]):
        os.environ["RULES_ONLY"] = "1"
    try:
        if RULE_COMMANDS & set(sys.argv[1:2]):
            return run_rule_command(sys.argv)
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        sys.exit("Pustaka belum terpasang. Jalankan lebih dulu: make setup, lalu .venv/bin/python manage.py …")
    from backend.platform.embedded import EmbeddedServerError

    try:
        execute_from_command_line(sys.argv)
    except EmbeddedServerError as error:
        sys.exit(str(error))


def run_rule_command(argv: list[str]) -> None:
    """Run a command that evaluates rules, without loading the apps: no model, no database, a quick start."""
    command = import_module(f"backend.rules.management.commands.{argv[1]}").Command()
    command.run_from_argv(argv)


if __name__ == "__main__":
    main()
