from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ticketing import reconcile


class Command(BaseCommand):
    help = "Prove that counters, uses and money add up to what happened; else exit 1."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(reconcile.differences())
        for difference in found:
            self.stdout.write(str(difference))
        if found:
            raise CommandError(f"{len(found)} differences.", returncode=1)
        self.stdout.write(
            "No difference: counters, moves, holds, tickets, redemptions and statements agree."
        )
