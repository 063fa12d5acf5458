from typing import Any

from axes.utils import reset
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Let somebody who is locked out of the back office try again at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        forgotten = reset(username=username)
        self.stdout.write(f"Forgotten: {forgotten} refused logins of {username}.")
