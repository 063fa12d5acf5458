import json
import urllib.error
import urllib.request
import uuid
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ticketing import notices
from ticketing.models import Order

PATIENCE_SECONDS = 20


class Command(BaseCommand):
    help = (
        "Play the payment provider: sign a notice that an order was paid in full and send it to "
        "/payments/notify. The options make it a wrong one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("order_id", help="ORD-…, of direct sales or of a partner")
        parser.add_argument("--failed", action="store_true", help="report that the payment failed")
        parser.add_argument("--amount", help="another amount than the order's")
        parser.add_argument("--currency", help="another currency than the order's")
        parser.add_argument("--event-id", help="the same again is the same event")
        parser.add_argument("--reference", default="PAY-DEMO", help="payment_reference")
        parser.add_argument("--source", help="`direct` or a partner id; default: the order's")
        parser.add_argument("--secret", help="sign with this; default: the source's own")
        parser.add_argument("--to", default=settings.PUBLIC_BASE_URL, help="where the product is")
        parser.add_argument(
            "--outside-the-demo",
            action="store_true",
            help="also where DEMO is off: the order counts as paid, though nobody paid",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or options["outside_the_demo"]):
            raise CommandError("This is no demo. If you mean it: --outside-the-demo.")
        order = Order.objects.filter(order_id=options["order_id"]).first()
        source = options["source"] or (order.source if order else notices.DIRECT)
        body = json.dumps(_event(order, options)).encode()
        secret = _secret(source, options["secret"])
        status, answer = _sent(options["to"], source, secret, body)
        self.stdout.write(f"{body.decode()}\n{status} {answer}")
        if status != 200:
            raise CommandError("The notice was not taken.")


def _event(order: Order | None, options: dict[str, Any]) -> dict[str, Any]:
    amount = options["amount"] or (order.total_amount if order else 0)
    try:
        number = float(Decimal(amount))
    except InvalidOperation:
        raise CommandError(f"{amount} is no amount.") from None
    return {
        "event_id": options["event_id"] or f"demo-{uuid.uuid4()}",
        "order_id": options["order_id"],
        "status": "failed" if options["failed"] else "paid",
        "payment_reference": options["reference"],
        "amount": number,
        "currency": options["currency"] or (order.currency if order else "HKD"),
    }


def _secret(source: str, given: str | None) -> bytes:
    return given.encode() if given else notices.secrets_of(source, at=timezone.now())[0]


def _sent(base_url: str, source: str, secret: bytes, body: bytes) -> tuple[int, str]:
    headers = {
        "Content-Type": "application/json",
        "X-Payment-Source": source,
        "X-Payment-Signature": notices.sign(secret, body, at=timezone.now()),
    }
    request = urllib.request.Request(f"{base_url}/payments/notify", body, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()
    except OSError as reason:
        raise CommandError(f"{base_url} does not answer: {reason}") from None
