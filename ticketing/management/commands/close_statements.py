from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from config.actors import Actor
from ticketing import settlement
from ticketing.models import Statement


class Command(BaseCommand):
    help = "Close every settlement period that is over. Safe to repeat, and to run beside beat."

    def handle(self, *args: Any, **options: Any) -> None:
        by = Actor("system:close_statements", reason="the period is over")
        made = [self._told(each) for each in settlement.sweep(at=timezone.now(), by=by)]
        self.stdout.write(f"Done: what is over is closed. New statements: {len(made)}.")

    def _told(self, made: Statement) -> Statement:
        self.stdout.write(
            f"{made.partner.partner_id} {made}: {made.period_start} to {made.period_end}, "
            f"lines: {made.lines_count}, net {made.net} {made.currency}"
        )
        return made
