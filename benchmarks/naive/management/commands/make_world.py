from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from benchmarks import world


class Command(BaseCommand):
    help = "Make what the load meets, for the product and the control; prints a key per partner."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("partners", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("\n".join(world.make(options["partners"])))
