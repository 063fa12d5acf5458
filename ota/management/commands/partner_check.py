import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ota.partner_check import command


class Command(BaseCommand):
    help = command.DESCRIPTION
    requires_system_checks = []  # it asks a server and nothing of this installation

    def add_arguments(self, parser: CommandParser) -> None:
        command.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if status := command.run(argparse.Namespace(**options)):
            sys.exit(status)
