from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from benchmarks import world


class Command(BaseCommand):
    help = "Make many pre-made tickets for a new partner; prints its key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("owner")
        parser.add_argument("count", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(world.tickets(options["owner"], options["count"]))
