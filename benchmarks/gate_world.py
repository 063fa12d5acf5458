"""What the load meets at the gate: devices of one venue, and tickets with uses for any load."""

# The type checker's settings do not know the control's app.
# mypy: disable-error-code="attr-defined"

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from benchmarks.naive import models as naive
from benchmarks.naive.authentication import digest, public_id
from config.actors import Actor
from inventory import allocations
from inventory.models import Product
from qrcodes import tokens
from resellers.models import Partner
from ticketing import reservations
from ticketing import scanners as devices
from ticketing.issuing import PricingContext
from ticketing.models import Ticket, Venue

Sell = Callable[[Partner, int], list[Ticket]]
BY = Actor("bench")
CUSTOMER = {"name": "Bench", "email": "bench@example.com", "phone": "+85212345678"}
GATE_PRODUCT, NAME = 109, "Season Plan"
SCANNERS = 16
TICKETS = 1000
AT_ONCE = 100
USES = 30_000  # nobody is refused, however fast it is


def scanners(*, at: datetime) -> list[str]:
    """The keys of the devices."""
    venue = Venue.objects.create(code="PIER-1", name="Pier 1")
    twin = naive.Venue.objects.create(code="PIER-1")
    keys = [devices.issue(venue, f"Gate {n}", at=at)[1] for n in range(SCANNERS)]
    for key in keys:
        naive.Scanner.objects.create(venue=twin, public_id=public_id(key), digest=digest(key))
    return keys


def qrs(sell: Sell, of: Partner) -> list[str]:
    """The printed QRs of tickets that the product and the control know alike."""
    sold = [ticket for _ in range(0, TICKETS, AT_ONCE) for ticket in sell(of, AT_ONCE)]
    naive.Ticket.objects.bulk_create(
        naive.Ticket(code=each.code, product_name=NAME, entitlements=each.entitlements)
        for each in sold
    )
    return [tokens.ticket_qr(each.code, each.generation, each.qr_kid) for each in sold]


@contextmanager
def tickets_on_sale(*, at: datetime) -> Iterator[Sell]:
    """Sell tickets of a product that is not on the price list afterwards."""
    plan = Product.objects.create(
        id=GATE_PRODUCT, name=NAME, type="FERRY", weekday_price=288, weekend_price=318,
        capacity=10 * TICKETS,
    )  # fmt: skip
    plan.functions.create(function_code="FERRY_BOARDING", uses=USES)
    allocations.set_up(plan, {"ota": plan.capacity}, at=at, by=BY)
    yield partial(_sold, at=at)
    plan.is_active = False
    plan.save()


def _sold(of: Partner, quantity: int, *, at: datetime) -> list[Ticket]:
    held = reservations.reserve(
        partner=of, product_id=GATE_PRODUCT, quantity=quantity, at=at, by=BY
    )
    _, tickets = reservations.activate(
        partner=of,
        reservation_id=held.id,
        customer_details=CUSTOMER,
        payment_reference="PAY-1",
        context=PricingContext(),
        at=at,
        by=BY,
    )
    return tickets
