"""Daily deeds, people, reports and alerts."""

from datetime import timedelta

from django.utils import timezone

from inventory.models import Product
from ota import health
from ota.alerts import evaluation
from ota.alerts.rule import Group
from ota.models import Alert, ApiCall
from resellers.models import Partner
from tests import make
from ticketing.models import Customer

from .desks import Office, Pictures
from .office import a_day_of_sales
from .reader import Reader


def deeds(office: Office) -> Pictures:
    """One by one, then many at once of which one is refused."""
    reader, pet = office.reader("ops"), Product.objects.get(pk=107)
    demo = Partner.objects.get(partner_id="OTA_DEMO")
    held = make.reservation(of=demo, on=pet)
    deed(reader, "Reservations", str(held.pk), "Cancel", "Cancel reservation")
    held.refresh_from_db()
    assert held.status == "cancelled"
    overdue = make.reservation(of=demo, on=pet)
    make.lapse(overdue)
    deed(reader, "Reservations", str(overdue.pk), "Expire now", "Expire reservation now")
    order = make.order("CONFIRMED", of=demo, on=pet, quantity=2)
    deed(reader, "Orders", order.order_id, "Cancel", "Cancel order")
    order.refresh_from_db()
    assert order.status == "CANCELLED"
    for button, title in (
        ("Reissue", "Reissue ticket"), ("Cancel", "Cancel ticket"), ("Expire", "Expire ticket")
    ):  # fmt: skip
        deed(reader, "Tickets", make.ticket(of=demo, on=pet).code, button, title)
    for button in ("Cancel the rest", "Expire the rest"):
        batch = make.batch(of=demo, product_id=pet.pk)
        deed(reader, "Batches", batch.batch_id, button, button)

    chosen = [make.ticket(of=demo, on=pet) for _ in range(3)]
    make.cancel_ticket(chosen[1])
    reader.choose("Tickets")
    reader.run("Cancel the chosen tickets", rows=[ticket.code for ticket in chosen])
    reader.fill("Reason", office.named("the ship does not sail", "停航"))
    reader.press("Cancel ticket")
    yield "refused", reader.shot(most=560)


def deed(reader: Reader, page: str, row: str, button: str, confirm: str) -> None:
    """One of the table: the list, the row, the button, why, and once more."""
    reader.choose(page)
    reader.open(row)
    reader.press(button)
    reader.fill("Reason", "as the guide says")
    reader.press(confirm)


def person(office: Office) -> Pictures:
    """Looked at, then forgotten."""
    demo = Partner.objects.get(partner_id="OTA_DEMO")
    order = make.order("CONFIRMED", of=demo, on=Product.objects.get(pk=106))
    reader = office.reader("ops")
    reader.choose("Customers")
    reader.page.fill("#searchbar", order.customer.email)
    reader.page.press("#searchbar", "Enter")
    reader.open_first()
    yield "masked", reader.shot()
    reader.page.fill("#reveal-reason", reader.said("a call at the desk", "顾客来电"))
    reader.press("Show personal data")
    reader.page.locator("#revealed").wait_for()
    boss = office.reader("jo")
    boss.choose("Customer accounts")
    boss.choose("Customers")
    boss.open_first()
    boss.press("Erase")
    boss.fill("Reason", "asked for it")
    boss.press("Erase person")
    assert Customer.objects.exclude(erased_at=None).exists()
    boss.choose("Staff log")


def reports(office: Office) -> Pictures:
    """What partners called in a week, and a month against its targets."""
    a_day_of_sales()
    a_week_of_calls()
    reader = office.reader("ops")
    reader.choose("Partner usage")
    for word in ("Day", "Endpoint", "Error"):
        reader.word(word)
    reader.press("Show")
    yield "usage", reader.shot()
    reader.choose("Business metrics")
    yield "metrics", reader.shot()


def a_week_of_calls() -> None:
    mine = Partner.objects.get(partner_id="OTA_DEMO")
    ApiCall.objects.bulk_create(
        ApiCall(
            partner=mine, method="POST", route="reserve", status=409 if number % 11 == 0 else 201,
            milliseconds=5 + number % 30, request_id="", at=make.now() - timedelta(days=day),
        )
        for day in range(1, 7)
        for number in range(500 + 90 * (day % 4))
    )  # fmt: skip


def alerts(office: Office) -> Pictures:
    """The worst of what is open, taken on; and a limit that is changed."""
    a_day_of_sales()
    for part in ("beat", "worker", "sender"):
        health.beat(part, at=make.now())
    Alert.objects.all().delete()
    evaluation.evaluate(Group.QUICK, at=timezone.now())
    reader = office.reader("ops")
    reader.choose("Alerts")
    reader.open_first()
    yield "open", reader.shot(most=560)
    reader.press("Acknowledge")
    reader.fill("Note", "on it")
    reader.press("Acknowledge")
    reader.choose("Alert thresholds")
    reader.open(reader.said("Partners' stock is low", "合作伙伴渠道库存偏低"))
    reader.fill("Limit", 120)
    reader.fill("Reason", reader.said("the summer", "夏季"))
    reader.press("Save")


WALKS = {"deeds": deeds, "person": person, "reports": reports, "alerts": alerts}
