"""The world the load meets, for the product and for the control alike: products and partners."""

# The type checker's settings do not know the control's app.
# mypy: disable-error-code="attr-defined"

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from benchmarks import gate_world
from benchmarks.naive import authentication as naive_keys
from benchmarks.naive import models as naive
from config.actors import Actor
from inventory import allocations
from inventory.models import Product, SpecialDate
from resellers import keys
from resellers.models import Partner
from ticketing import batches

BY = Actor("bench")
UNITS = 1_000_000_000
HOT_PRODUCT = 106
LARGEST = 5000  # tickets in a batch
# id, name, weekday, weekend, discounts: those of the demonstration, with stock for any load
PRODUCTS = [
    (106, "Premium Plan", 288, 318, {"child": 100, "elderly": 50, "student": 50}),
    (107, "Pet Plan", 188, 228, {"child": 150, "family": 100, "elderly": 75}),
    (108, "Deluxe Tea Set", 788, 868, {"vip": 200, "elderly": 100}),
]
SPECIAL_DATES = {date(2025, 12, 31): "1.5", date(2026, 2, 18): "1.3"}
PERMISSIONS = ["inventory:read", "reservations:write", "qr:generate", "tickets:bulk-generate"]


@transaction.atomic
def make(partners: int) -> dict[str, list[str]]:
    """Everything the load needs, as the lines of its files; every key is valid for both."""
    at = timezone.now()
    for row in PRODUCTS:
        _product(*row, at=at)
    for day, multiplier in SPECIAL_DATES.items():
        SpecialDate.objects.create(date=day, multiplier=multiplier)
        naive.SpecialDate.objects.create(date=day, multiplier=multiplier)
    known = [_partner(f"BENCH-{n}", at=at) for n in range(partners)]
    with gate_world.tickets_on_sale(at=at) as sell:
        return {
            "partners": [f"{key} {sell(of, 1)[0].code}" for of, key in known],
            "scanners": gate_world.scanners(at=at),
            "qrs": gate_world.qrs(sell, known[0][0]),
        }


def _product(
    number: int, name: str, weekday: int, weekend: int, discounts: dict[str, int], *, at: datetime
) -> None:
    prices = {"name": name, "weekday_price": weekday, "weekend_price": weekend}
    product = Product.objects.create(id=number, type="FERRY", capacity=2 * UNITS, **prices)
    twin = naive.Product.objects.create(id=number, **prices)
    for customer_type, amount in discounts.items():
        product.discounts.create(customer_type=customer_type, amount=amount)
        twin.discounts.create(customer_type=customer_type, amount=amount)
    product.functions.create(function_code="FERRY_BOARDING", uses=1)
    allocations.set_up(product, {"ota": UNITS, "direct": UNITS}, at=at, by=BY)
    for channel in ("ota", "direct"):
        twin.allocations.create(channel=channel, allocated=UNITS)


def _partner(name: str, *, at: datetime) -> tuple[Partner, str]:
    partner = Partner.objects.create(partner_id=name, name=name, rate_limit=1000)
    _, key = keys.issue(partner, PERMISSIONS, at=at)
    naive.ApiKey.objects.create(
        partner=naive.Partner.objects.create(partner_id=name, name=name),
        public_id=naive_keys.public_id(key),
        digest=naive_keys.digest(key),
        permissions=PERMISSIONS,
    )
    return partner, key


def tickets(owner: str, count: int) -> str:
    """That many pre-made tickets of a partner of its own, every tenth batch cancelled; its key."""
    partner = Partner.objects.create(partner_id=owner, name=owner, rate_limit=1000)
    _, key = keys.issue(partner, ["tickets:read"], at=timezone.now())
    for number, first in enumerate(range(0, count, LARGEST)):
        batch = batches.generate(
            partner=partner, batch_id=f"B-{number}", product_id=HOT_PRODUCT,
            quantity=min(LARGEST, count - first), at=timezone.now(), by=BY,
        )  # fmt: skip
        if number % 10 == 9:
            batches.cancel_rest(partner=partner, batch_id=batch.batch_id, at=timezone.now(), by=BY)
    return key
