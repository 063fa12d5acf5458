from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ota import demo


class Command(BaseCommand):
    help = "Load the demonstration data; safe to repeat, changes nothing that is there."

    def handle(self, *args: Any, **options: Any) -> None:
        demo.seed(at=timezone.now())
        self.stdout.write(
            f"Demo data: {len(demo.PRODUCTS)} products, {len(demo.PARTNERS)} partners,"
            f" {len(demo.VENUES)} venue."
        )
