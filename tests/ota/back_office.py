"""Rows of every model there is, for the pages that show them."""

from datetime import date, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from inventory import urgent_releases
from inventory.models import Product, SpecialDate
from ota.models import (
    Alert,
    AlertThreshold,
    ApiCall,
    Authenticator,
    Event,
    Heartbeat,
    Horizon,
    IdempotencyRecord,
    PartnerMail,
)
from resellers import payment_secrets
from resellers.models import Partner
from tests import billing, gate, hooks, make, shop
from ticketing import notices


def fill(times: int = 1) -> None:
    """One more row of every model, `times` over; two heartbeats are all there can be."""
    for _ in range(times):
        partner = make.partner()
        product = make.product(ota=10, direct=5, discounts={"child": 100})
        make.ticket(of=partner, on=product)
        unpaid = make.order(of=partner, on=product)
        make.notify(make.notice(unpaid, amount=1), partner.partner_id)
        make.sell(make.premade_ticket(of=partner, product_id=product.pk))
        billing.close(partner, "2090-01-01")
        gate.use_up(make.ticket(of=partner, on=product))
        shop.ticket(on=product)
        notices.keep_refused(
            notices.Reason.NO_SIGNATURE, source="direct", body=str(product).encode(), at=make.now()
        )
        make.reseller(partner)
        make.api_key(partner)
        payment_secrets.add(partner, at=make.now())
        hooks.delivered(partner)
        _tell(partner)
        _remember(partner)
        _enrol(product)
        _ask_for_more(product, partner)


def _tell(partner: Partner) -> None:
    number = PartnerMail.objects.count()
    PartnerMail.objects.create(
        partner=partner,
        event_type=Event.INVENTORY_INCREASED,
        move_id=number,
        payload="{}",
        created_at=make.now(),
    )
    Horizon.objects.create(history=f"history-{number}")


def _remember(partner: Partner) -> None:
    SpecialDate.objects.create(
        date=date(2026, 1, 1) + timedelta(days=SpecialDate.objects.count()), multiplier="1.50"
    )
    ApiCall.objects.create(
        partner=partner,
        method="GET",
        route="inventory",
        status=200,
        milliseconds=1.5,
        request_id="request-of-the-tests",
        at=make.now(),
    )
    IdempotencyRecord.objects.create(
        partner=partner,
        key="key-1",
        fingerprint=b"f",
        status=201,
        body='{"secret": "answer"}',
        created_at=make.now(),
    )
    Alert.objects.create(
        rule="low_stock",
        subject=str(partner.pk),
        severity=Alert.Severity.WARNING,
        facts={"available": 80, "threshold": 100},
        first_seen_at=make.now(),
        last_seen_at=make.now(),
    )
    AlertThreshold.objects.get_or_create(rule="low_stock", severity="warning", value=100)
    for part in Heartbeat.Part.values:
        Heartbeat.objects.update_or_create(part=part, defaults={"at": make.now()})


def _enrol(product: Product) -> None:
    number = User.objects.count()
    colleague = User.objects.create_user(f"colleague-{number}", f"c{number}@example.com")
    colleague.groups.add(Group.objects.create(name=f"Role {number}"))
    Authenticator.objects.create(user=colleague, name="app")
    AccessAttempt.objects.create(
        username=colleague.username, ip_address="192.0.2.1", failures_since_start=number
    )
    LogEntry.objects.create(
        user=colleague,
        content_type=ContentType.objects.get_for_model(Product),
        object_id=str(product.pk),
        object_repr=str(product),
        action_flag=CHANGE,
        change_message="Changed.",
    )


def _ask_for_more(product: Product, partner: Partner) -> None:
    urgent_releases.request(
        product_id=product.pk,
        partner=partner.partner_id,
        units=5,
        source="capacity",
        reason="A group missed its ship",
        account_id=User.objects.order_by("-pk")[0].pk,
        at=make.now(),
    )


def any_row(model: type[Model]) -> Any:
    return model._default_manager.first()
