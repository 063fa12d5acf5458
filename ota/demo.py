"""The demonstration: the products, partners and people every guide speaks of.

Its credentials are published, so `check --deploy` is an error while one of them exists.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from config.actors import Actor
from customers import accounts
from inventory import allocations
from inventory.models import Product, SpecialDate
from resellers import keys, partners, payment_secrets
from resellers.models import ApiKey, Partner, PaymentSecret
from resellers.permissions import ALL_PERMISSIONS
from ticketing import scanners
from ticketing.models import Scanner, Venue

from . import roles

SEED = Actor("system:seed", reason="demo data")
DIRECT_PAYMENT_SECRET = "demo-payment-secret"  # noqa: S105  published

# id, name, weekday, weekend, capacity, pools, discounts, functions
PRODUCTS = [
    (
        106, "Premium Plan", 288, 318, 3000, {"ota": 2000, "direct": 1000},
        {"child": 100, "elderly": 50, "student": 50},
        {"FERRY_BOARDING": 1, "VIP_GIFT": 1, "PLAYGROUND_TOKEN": 10},
    ),
    (
        107, "Pet Plan", 188, 228, 2000, {"ota": 1500, "direct": 500},
        {"child": 150, "family": 100, "elderly": 75},
        {"FERRY_BOARDING": 1, "PET_AREA": 1},
    ),
    (
        108, "Deluxe Tea Set", 788, 868, 1800, {"ota": 1500, "direct": 300},
        {"vip": 200, "elderly": 100},
        {"FERRY_BOARDING": 1, "TEA_SET": 1},
    ),
]  # fmt: skip
SPECIAL_DATES = {date(2025, 12, 31): "1.5", date(2026, 2, 18): "1.3"}

# partner id, name, requests per minute, key, permissions
PARTNERS = [
    ("OTA_DEMO", "Demo Travel", 1000, "ota_test_key_12345", ALL_PERMISSIONS),
    ("OTA251103", "OTA251103 Travel Group", 1000, "ota_test_key_251103", ALL_PERMISSIONS),
    ("OTA_READONLY", "Read Only Travel", 100, "ota_test_key_readonly", ("inventory:read",)),
]

# venue code, name, label and key of its scanner
VENUES = [("PIER-1", "Pier 1, Central", "Gate A", "venue_test_key_12345")]

# user name, e-mail, password, role; None for a superuser
PEOPLE = [
    ("admin", "admin@example.com", "admin-demo-12345", None),
    ("ops", "ops@example.com", "ops-demo-12345", "Operations"),
    ("approver", "approver@example.com", "approver-demo-12345", "Approver"),
]

# e-mail, password, name
CUSTOMERS = [("customer@example.com", "customer-demo-12345", "Chan Tai Man")]


@transaction.atomic
def seed(*, at: datetime) -> None:
    """Load what is missing of the demonstration; what is there stays as it is."""
    with connection.cursor() as cursor:  # a busy machine may hash a password for many seconds
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    for row in PRODUCTS:
        _product(*row, at=at)
    for day, multiplier in SPECIAL_DATES.items():
        SpecialDate.objects.get_or_create(date=day, defaults={"multiplier": multiplier})
    for partner in PARTNERS:
        _partner(*partner, at=at)
    for venue in VENUES:
        _venue(*venue, at=at)
    for person in PEOPLE:
        _person(*person)
    for email, password, name in CUSTOMERS:
        accounts.register(email=email, password=password, name=name, at=at)


def published_credentials() -> Iterator[str]:
    """The demo credentials that would open this installation."""
    if DIRECT_PAYMENT_SECRET in (settings.PAYMENT_SECRET, *settings.PAYMENT_SECRETS_RETIRING):
        yield "PAYMENT_SECRET"
    for key in ApiKey.objects.filter(public_id__startswith="demo-", revoked_at=None):
        yield f"API key {key}"
    for scanner in Scanner.objects.filter(public_id__startswith="demo-", revoked_at=None):
        yield f"scanner key {scanner.public_id}"
    for secret in PaymentSecret.objects.select_related("partner"):
        if payment_secrets.opened(secret).startswith(DIRECT_PAYMENT_SECRET):
            yield f"{secret}"
    yield from _published_logins()


def _published_logins() -> Iterator[str]:
    for name, _, password, _ in PEOPLE:
        user = get_user_model().objects.filter(username=name, is_active=True).first()
        if user and user.check_password(password):
            yield f"user {name}"
    for email, password, _ in CUSTOMERS:
        if accounts.recognised(email=email, password=password):
            yield f"customer {email}"


def _product(
    product_id: int,
    name: str,
    weekday: int,
    weekend: int,
    capacity: int,
    pools: dict[str, int],
    discounts: dict[str, int],
    functions: dict[str, int],
    *,
    at: datetime,
) -> None:
    product, is_new = Product.objects.get_or_create(
        id=product_id,
        defaults={
            "name": name, "type": "FERRY", "weekday_price": weekday, "weekend_price": weekend,
            "capacity": capacity,
        },
    )  # fmt: skip
    if is_new:
        for customer_type, amount in discounts.items():
            product.discounts.create(customer_type=customer_type, amount=amount)
        for position, (function_code, uses) in enumerate(functions.items()):
            product.functions.create(function_code=function_code, uses=uses, position=position)
    allocations.set_up(product, pools, at=at, by=SEED)


def _partner(
    partner_id: str,
    name: str,
    rate_limit: int,
    key: str,
    permissions: tuple[str, ...],
    *,
    at: datetime,
) -> None:
    if Partner.objects.filter(partner_id=partner_id).exists():
        return
    partner = partners.register(
        partner_id=partner_id,
        name=name,
        rate_limit=rate_limit,
        contact_email=f"{partner_id.lower().replace('_', '-')}@example.com",
        at=at,
        by=SEED,
    )
    keys.store(partner, key, permissions, at=at, by=SEED, environment="test", label="demo")
    secret = f"{DIRECT_PAYMENT_SECRET}-{partner_id}"
    payment_secrets.add(partner, at=at, by=SEED, secret=secret)


def _venue(code: str, name: str, label: str, key: str, *, at: datetime) -> None:
    venue, is_new = Venue.objects.get_or_create(code=code, defaults={"name": name})
    if is_new:
        scanners.store(venue, label, key, at=at)


def _person(name: str, email: str, password: str, role: str | None) -> None:
    users = get_user_model().objects
    if users.filter(username=name).exists():
        return
    user = users.create_user(name, email, password, is_staff=True, is_superuser=role is None)
    if role:
        user.groups.add(roles.group(role))
