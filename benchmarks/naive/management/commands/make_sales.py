from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from benchmarks import sales


class Command(BaseCommand):
    help = "Make a partner with resellers and a year of sales; prints its key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("owner")
        parser.add_argument("resellers", type=int)
        parser.add_argument("tickets", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(sales.make(options["owner"], options["resellers"], options["tickets"]))
