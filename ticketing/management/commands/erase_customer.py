import sys
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.actors import Actor
from config.errors import Refusal
from ticketing import customers


class Command(BaseCommand):
    help = (
        "Forget a customer: name, e-mail address, phone number and password go, orders, tickets "
        "and sums stay. An id means an account with all it ordered, or the person of one order."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", nargs="?", help="the id of an account or of a customer")
        parser.add_argument(
            "--address",
            action="store_true",
            help="read an e-mail address from standard input, where no shell remembers it: its "
            "account, and every order that names it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["customer"]) == options["address"]:
            raise CommandError("Give either an id, or --address.")
        by = Actor("command:erase_customer")
        try:
            if options["address"]:
                email = sys.stdin.readline().strip()
                erased = customers.erase_address(email=email, at=timezone.now(), by=by)
            else:
                erased = customers.erase(customer_id=_id(options), at=timezone.now(), by=by)
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"Erased: {erased}.")


def _id(options: dict[str, Any]) -> uuid.UUID:
    try:
        return uuid.UUID(options["customer"])
    except ValueError:
        raise CommandError("That is no id. For an e-mail address: --address.") from None
