from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction

from resellers.models import Partner
from ticketing.summary import PLANNED_FOR_MANY, STATEMENTS, Asked


class Command(BaseCommand):
    help = "Print how the database adds up a partner's billing summary."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("owner")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        asked = Asked(Partner.objects.get(partner_id=options["owner"]))
        explain = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, SUMMARY) "
        for group_by in ("reseller", "day"):
            self.stdout.write(f"-- group_by={group_by}")
            with connection.cursor() as cursor:
                cursor.execute(PLANNED_FOR_MANY)
                cursor.execute(explain + STATEMENTS[group_by], asked.params)
                for (line,) in cursor.fetchall():
                    self.stdout.write(line)
