import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ota.dashboard import figures
from ota.dashboard.shapes import Part


class Command(BaseCommand):
    help = "Print the milliseconds that the dashboard's figures take, each part and all of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("turns", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        asked = {part.value: {part} for part in Part} | {"all figures": set(Part)}
        figures.read()
        took: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(options["turns"]):
            for name, parts in asked.items():
                began = time.perf_counter()
                figures.read(parts)
                took[name].append((time.perf_counter() - began) * 1000)
        self.stdout.write(json.dumps(took))
