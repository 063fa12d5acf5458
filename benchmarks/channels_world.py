"""Prints what the channels' benchmark needs beside the usual world: customers and more products.

Run inside the product's environment: python -m benchmarks.channels_world
"""

import os

import django


def made(customers: int, products: range) -> list[str]:
    """Products with a pool for partners; an Authorization header for each new customer."""
    from django.utils import timezone

    from config.actors import Actor
    from customers import tokens
    from customers.models import Account
    from inventory import allocations
    from inventory.models import Product

    at, by = timezone.now(), Actor("bench")
    for number in products:
        product = Product.objects.create(
            id=number, name=f"Plan {number}", type="FERRY", weekday_price=288, weekend_price=318,
            capacity=10**9,
        )  # fmt: skip
        product.functions.create(function_code="FERRY_BOARDING", uses=1)
        allocations.set_up(product, {"ota": 10**9}, at=at, by=by)
    accounts = Account.objects.bulk_create(
        Account(email=f"bench-{number}@example.com", password="!", created_at=at)
        for number in range(customers)
    )
    return [f"Authorization: Bearer {tokens.issue(each, at=at).access}" for each in accounts]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from benchmarks.channels import COOL, CUSTOMERS

    print("\n".join(made(CUSTOMERS, COOL)))
