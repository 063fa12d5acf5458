import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from benchmarks import counter


class Command(BaseCommand):
    help = "Transactions per second of the counter primitive and of a bare UPDATE, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connections", type=int)
        parser.add_argument("seconds", type=float)
        parser.add_argument("rounds", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        asked = (options["connections"], options["seconds"], options["rounds"])
        self.stdout.write(json.dumps(counter.measured(*asked)))
