from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import staff_sessions
from ota.entrance import two_factor


class Command(BaseCommand):
    help = "Take the authenticator and the backup codes of an account away, and log it out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username!r}.")
        two_factor.reset(user)
        staff_sessions.end_all(user)
        self.stdout.write(f"{username} sets up a new authenticator at the next login.")
