import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from benchmarks import busy_week


class Command(BaseCommand):
    help = "Make a week of reservations and a day of calls; prints how many rows there are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reservations", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(busy_week.make(options["reservations"])))
