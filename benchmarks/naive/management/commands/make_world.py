from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from benchmarks import world


class Command(BaseCommand):
    help = "Make what the load meets, for product and control; write what it is made of to files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("partners", type=int)
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        for name, lines in world.make(options["partners"]).items():
            (options["folder"] / name).write_text("\n".join(lines) + "\n")
