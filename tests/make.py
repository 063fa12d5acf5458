"""The world a test begins with, made through the product's own doors.

Doors run here in a transaction of their own, as they do in a request: what one refuses is undone.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from factory.declarations import LazyAttribute, Sequence
from factory.django import DjangoModelFactory

from config.actors import Actor
from config.errors import Refusal
from inventory import allocations
from inventory.models import AllocationCounter, ChannelAllocation, Product
from resellers import keys, registration
from resellers.models import ApiKey, Partner, Reseller
from resellers.permissions import ALL_PERMISSIONS
from tests.notices import notice, notify
from ticketing import batches, ending, expiring, orders, premade, reservations
from ticketing.issuing import PricingContext
from ticketing.models import Batch, Order, Reservation, Ticket

__all__ = ["notice", "notify"]  # the rest is what this file defines
A = TypeVar("A")
R = TypeVar("R")
BY = Actor("test:maker", request_id="request-of-the-tests")
CUSTOMER = {"name": "陳大文 Chan", "email": "chan@example.com", "phone": "+85212345678"}
NO_CONTEXT = PricingContext()
NUMBERS = itertools.count(1)
A_WEEKDAY = date(2026, 12, 23)
A_SATURDAY = date(2026, 12, 26)


class ProductFactory(DjangoModelFactory[Product]):
    class Meta:
        model = Product

    id = Sequence(lambda n: 1000 + n)
    name = LazyAttribute(lambda product: f"Plan {product.id}")
    type = "FERRY"
    weekday_price = Decimal("288.00")
    weekend_price = Decimal("318.00")
    capacity = 0


class PartnerFactory(DjangoModelFactory[Partner]):
    class Meta:
        model = Partner

    partner_id = Sequence(lambda n: f"PARTNER-{n}")
    name = LazyAttribute(lambda partner: f"{partner.partner_id} Travel")


def now() -> datetime:
    return timezone.now()


def product(
    ota: int = 10,
    direct: int | None = None,
    *,
    discounts: Mapping[str, int | str] | None = None,
    functions: Mapping[str, int] | None = None,
    **fields: Any,
) -> Product:
    """A product with an OTA pool, and a direct one where it is given; 288 and 318 HKD."""
    pools = {"ota": ota} if direct is None else {"ota": ota, "direct": direct}
    fields.setdefault("capacity", sum(pools.values()))
    made = ProductFactory.create(**fields)
    for customer_type, amount in (discounts or {}).items():
        made.discounts.create(customer_type=customer_type, amount=amount)
    for place, (code, uses) in enumerate((functions or {"FERRY_BOARDING": 1}).items()):
        made.functions.create(function_code=code, uses=uses, position=place)
    allocations.set_up(made, pools, at=now(), by=BY)
    return made


def partner(**fields: Any) -> Partner:
    return PartnerFactory.create(**fields)


@transaction.atomic
def reseller(of: Partner | None = None, **facts: Any) -> Reseller:
    """A reseller of a partner, active and in contract."""
    code = facts.pop("reseller_code", f"RS-{next(NUMBERS)}")
    name = facts.pop("name", f"{code} Tours")
    return registration.register(
        partner=of or partner(), reseller_code=code, name=name, at=now(), by=BY, **facts
    )


@transaction.atomic
def amend(known: Reseller, **facts: Any) -> Reseller:
    return registration.amend(partner=known.partner, reseller_id=known.pk, at=now(), by=BY, **facts)


def api_key(
    of: Partner | None = None, *, permissions: Iterable[str] = ALL_PERMISSIONS, **facts: Any
) -> tuple[ApiKey, str]:
    """A key's row and its full text."""
    return keys.issue(of or partner(), permissions, at=now(), **facts)


@transaction.atomic
def reservation(
    status: str = "active",
    *,
    of: Partner | None = None,
    on: Product | None = None,
    quantity: int = 1,
    expires_at: datetime | None = None,
) -> Reservation:
    """A reservation that came to its status by the doors; `overdue` is active and lapsed."""
    held = reservations.reserve(
        partner=of or partner(),
        product_id=(on or product()).pk,
        quantity=quantity,
        reservation_expires_at=expires_at,
        at=now(),
        by=BY,
    )
    if status in ("overdue", "expired"):
        lapse(held)
    if status == "expired":
        expiring.sweep(at=now)
    if status == "cancelled":
        cancel(held)
    if status == "activated":
        activate(held)
    held.refresh_from_db()
    return held


def order(
    status: str = "PENDING_PAYMENT",
    *,
    reserved: Reservation | None = None,
    context: PricingContext = NO_CONTEXT,
    **facts: Any,
) -> Order:
    """An order placed on a reservation, then paid, cancelled or lapsed."""
    held = reserved or reservation(**facts)
    placed = place(held, context)
    if status == "CONFIRMED":
        pay(placed)
    if status == "CANCELLED":
        cancel(held)
    if status == "EXPIRED":
        lapse(held)
        expiring.sweep(at=now)
    placed.refresh_from_db()
    return placed


def ticket(**facts: Any) -> Ticket:
    """An active ticket of a paid order."""
    return order("CONFIRMED", **facts).tickets.get()


@transaction.atomic
def batch(tickets: int = 3, *, of: Partner | None = None, **wish: Any) -> Batch:
    """A batch of pre-made tickets, none of them sold."""
    if "product_id" not in wish:
        wish["product_id"] = product().pk
    return batches.generate(
        partner=of or partner(),
        batch_id=wish.pop("batch_id", f"BATCH-{next(NUMBERS)}"),
        quantity=tickets,
        at=now(),
        by=BY,
        **wish,
    )


def premade_ticket(**facts: Any) -> Ticket:
    """An unsold ticket of a batch of its own."""
    return batch(1, **facts).tickets.get()


@transaction.atomic
def sell(waiting: Ticket, context: PricingContext = NO_CONTEXT) -> tuple[Ticket, Order]:
    """Activate a pre-made ticket for somebody."""
    assert waiting.partner is not None
    return premade.activate(
        partner=waiting.partner,
        code=waiting.code,
        customer_details=CUSTOMER,
        payment_reference="PAY-1",
        context=context,
        at=now(),
        by=BY,
    )


@transaction.atomic
def cancel_ticket(ticket: Ticket) -> Ticket:
    assert ticket.partner is not None
    return ending.cancel(partner=ticket.partner, code=ticket.code, at=now(), by=BY)


@transaction.atomic
def expire_ticket(ticket: Ticket) -> Ticket:
    return ending.expire(ticket_id=ticket.pk, at=now(), by=BY)


@transaction.atomic
def cancel_order(sold: Order) -> Order:
    return orders.cancel_with_tickets(order_id=sold.pk, at=now(), by=BY)


@transaction.atomic
def expire_hold(held: Reservation) -> Reservation:
    return reservations.expire(partner=held.partner, reservation_id=held.pk, at=now(), by=BY)


@transaction.atomic
def cancel_rest(of: Batch) -> int:
    return batches.cancel_rest(partner=of.partner, batch_id=of.batch_id, at=now(), by=BY)


@transaction.atomic
def expire_rest(of: Batch) -> int:
    return batches.expire_rest(batch=of, at=now(), by=BY)


@transaction.atomic
def place(held: Reservation, context: PricingContext = NO_CONTEXT) -> Order:
    assert held.partner is not None
    return orders.place(
        partner=held.partner,
        reservation_id=held.id,
        customer_details=CUSTOMER,
        context=context,
        at=now(),
        by=BY,
    )


@transaction.atomic
def pay(placed: Order, reference: str = "PAY-1") -> tuple[Order, list[Ticket]]:
    assert placed.partner is not None
    return orders.pay(
        partner=placed.partner,
        order_id=placed.order_id,
        payment_reference=reference,
        at=now(),
        by=BY,
    )


@transaction.atomic
def activate(held: Reservation, context: PricingContext = NO_CONTEXT) -> tuple[Order, list[Ticket]]:
    assert held.partner is not None
    return reservations.activate(
        partner=held.partner,
        reservation_id=held.id,
        customer_details=CUSTOMER,
        payment_reference="PAY-1",
        context=context,
        at=now(),
        by=BY,
    )


@transaction.atomic
def cancel(held: Reservation) -> Reservation:
    assert held.partner is not None
    return reservations.cancel(partner=held.partner, reservation_id=held.id, at=now(), by=BY)


def lapse(*held: Reservation) -> None:
    """Their time is over; nobody has looked yet."""
    ids = [each.pk for each in held]
    Reservation.objects.filter(pk__in=ids).update(expires_at=now() - timedelta(seconds=1))


def pool(of: Product, channel: str = "ota") -> tuple[int, int, int]:
    """(allocated, reserved, sold) of a pool."""
    counter = AllocationCounter.objects.get(allocation__product=of, allocation__channel=channel)
    return counter.allocated, counter.reserved, counter.sold


def allocation(of: Product, channel: str = "ota") -> ChannelAllocation:
    return ChannelAllocation.objects.get(product=of, channel=channel)


def in_parallel(call: Callable[[A], R], arguments: Iterable[A]) -> list[R | Exception]:
    """What each call returned or raised; all were let go at the same moment.

    Every call has a thread and a database connection of its own: a real race.
    """
    given = list(arguments)
    start = threading.Barrier(len(given))

    def run(argument: A) -> R | Exception:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            return call(argument)
        except Exception as error:  # noqa: BLE001  a result like any other
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(given)) as threads:
        return list(threads.map(run, given))


def verdicts(results: Iterable[object]) -> dict[str, int]:
    """How often each code was refused, each bug raised, and `done` the rest."""
    return dict(Counter(map(_verdict, results)))


def _verdict(result: object) -> str:
    if isinstance(result, Refusal):
        return result.code
    return type(result).__name__ if isinstance(result, Exception) else "done"


def statements(call: Callable[[], R]) -> tuple[R, int]:
    """What a call returned, and how many statements it took."""
    with CaptureQueriesContext(connection) as watched:
        result = call()
    return result, len(watched)
