"""Figures for Prometheus: who may read them, and that they say what is."""

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from ota import calls, tasks
from ota.metrics import tasks as task_figures
from ota.models import WebhookEndpoint
from ota.webhooks import lines, sending
from resellers.models import Partner
from tests import hooks, make, shop
from tests.openapi import Answer
from tests.partner_program import Program, program, refusal
from ticketing.models import Ticket

TOKEN = "token-of-the-metrics"


def scraped(*, of_calls: bool = False) -> dict[str, list[tuple[Mapping[str, str], float]]]:
    """Every sample by name, with its labels; those of calls, of all tests, where they are asked."""
    text = Program(None).get("/metrics").body.decode()
    if not of_calls:
        text = "\n".join(line for line in text.splitlines() if "gangway_request" not in line)
    found: dict[str, list[tuple[Mapping[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def value(samples: Iterable[tuple[Mapping[str, str], float]], **labels: str) -> float:
    return sum(number for known, number in samples if labels.items() <= known.items())


def ask(address: str, headers: Mapping[str, str]) -> Answer:
    response = Client(REMOTE_ADDR=address).get("/metrics", headers=headers)
    names = {name.lower(): each for name, each in response.headers.items()}
    return Answer(response.status_code, names, response.content)


@pytest.mark.django_db
def test_stock_is_shown_by_product_channel_and_state() -> None:
    product = make.product(ota=10, direct=4)
    make.order("CONFIRMED", on=product, quantity=2)
    make.reservation(on=product, quantity=3)
    units = scraped()["ota_inventory_units"]
    pid = str(product.pk)
    states = ("allocated", "reserved", "sold")
    ota = [value(units, product=pid, channel="ota", state=state) for state in states]
    direct = [value(units, product=pid, channel="direct", state=state) for state in states]
    assert (ota, direct) == ([10, 3, 2], [4, 0, 0])


@pytest.mark.django_db
def test_overdue_holds_are_counted_with_the_age_of_the_oldest() -> None:
    make.reservation("overdue")
    make.reservation()
    found = scraped()
    assert value(found["ota_reservations_overdue"]) == 1
    assert 1 <= value(found["ota_reservations_oldest_overdue_seconds"]) < 60


@pytest.mark.django_db
def test_holds_are_told_by_what_became_of_them() -> None:
    product = shop.product()
    make.reservation("expired", on=product)
    make.reservation("activated", on=product)
    make.reservation(on=product)
    shop.order("CANCELLED", on=product)
    found = scraped()
    ended = found["ota_reservations_resolved_total"]
    assert value(ended, channel="ota", outcome="expired") == 1
    assert value(ended, channel="ota", outcome="activated") == 1
    assert value(ended, channel="direct", outcome="cancelled") == 1
    assert value(ended) == 3
    assert value(found["ota_reservations_active"]) == 1


@pytest.mark.django_db
def test_unused_pre_made_tickets_and_their_daily_activation_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert value(scraped()["ota_tickets_activation_rate"]) == 0
    first, second, _, old, *_ = make.batch(6).tickets.order_by("code")
    make.sell(first)
    make.sell(second)
    make.cancel_ticket(make.premade_ticket())
    make.reservation()  # reserved too, and no ticket
    yesterday = make.now() - timedelta(hours=25)
    monkeypatch.setattr(make, "now", lambda: yesterday)
    make.sell(old)
    found = scraped()
    waiting = Ticket.objects.filter(status="PRE_GENERATED").count()
    assert value(found["ota_tickets_pre_generated_count"]) == waiting == 3
    assert value(found["ota_tickets_activation_rate"]) == pytest.approx(2 / 5)


@pytest.mark.django_db
def test_tasks_are_counted_by_outcome_with_their_time() -> None:
    tasks.store_calls.apply()
    tasks.store_calls.apply()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(calls, "store", lambda: 1 / 0)
        tasks.store_calls.apply()
    task_figures.dropped(sender=tasks.store_calls, expired=True)
    task_figures.dropped(sender=tasks.store_calls, expired=False)
    tasks.worker_heartbeat.apply()
    found = scraped()
    store = "ota.tasks.store_calls"
    outcomes = {
        labels["outcome"]: number
        for labels, number in found["gangway_tasks_total"]
        if labels["task"] == store
    }
    assert outcomes == {"done": 2, "failed": 1, "retried": 0, "too_late": 1}
    assert value(found["gangway_task_seconds_count"], task=store) == 3
    assert value(found["gangway_task_seconds_bucket"], task=store, le="+Inf") == 3
    assert value(found["gangway_task_seconds_sum"], task=store) > 0
    assert time.time() - value(found["gangway_task_last_done_timestamp_seconds"], task=store) < 60
    assert 0 <= value(found["gangway_heartbeat_age_seconds"], part="worker") < 60


@pytest.mark.django_db
def test_it_is_found_under_any_name_of_its_host(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    token = {"Authorization": f"Bearer {TOKEN}", "Host": "web:8000"}
    assert ask("172.18.0.5", token).status == 200


@pytest.mark.django_db
def test_calls_are_counted_by_route_method_status_and_partner() -> None:
    mine = program()
    name = mine.owner.partner_id
    for path in ("inventory", "inventory", "orders/ORD-1", "orders/ORD-2"):
        mine.get(path)
    mine.post("reserve", b"{")
    mine.call("PURGE", "orders")
    Program(None).get("orders")
    counted = scraped(of_calls=True)["gangway_requests_total"]
    assert value(counted, route="inventory", method="GET", status="200", partner=name) == 2
    assert value(counted, route="order", method="GET", status="404", partner=name) == 2
    assert value(counted, route="reserve", method="POST", status="400", partner=name) == 1
    assert value(counted, route="orders", method="other", status="405", partner=name) == 1
    assert value(counted, route="orders", method="GET", status="401", partner="") >= 1


@pytest.mark.django_db
def test_unknown_paths_and_ids_make_no_labels_of_their_own() -> None:
    mine = program()
    for path in ("/api/ota/nothing", "/api/ota/nothing/else", "orders/abc", "/%00"):
        mine.get(path)
    routes = {labels["route"] for labels, _ in scraped(of_calls=True)["gangway_requests_total"]}
    assert not any("/" in route or "abc" in route for route in routes)
    assert "unknown" in routes


@pytest.mark.django_db
def test_time_until_the_answer_is_a_histogram_by_route() -> None:
    before = value(
        scraped(of_calls=True).get("gangway_request_seconds_count", []), route="inventory"
    )
    program().get("inventory")
    after = scraped(of_calls=True)
    assert value(after["gangway_request_seconds_count"], route="inventory") == before + 1
    assert value(after["gangway_request_seconds_sum"], route="inventory") > 0


@pytest.mark.django_db
def test_what_waits_in_redis_is_shown_and_left_out_when_it_is_away(settings: Settings) -> None:
    program().get("inventory")
    assert value(scraped()["gangway_queue_length"], queue="calls") == 1
    there, settings.REDIS_URL = settings.REDIS_URL, "unix:///nonexistent/valkey.sock"
    found = scraped()
    settings.REDIS_URL = there
    assert "gangway_queue_length" not in found
    assert "ota_reservations_overdue" in found


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.8.9.1"])
def test_this_machine_may_read_them(address: str) -> None:
    assert ask(address, {}).status == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("10.0.0.1", {}),
        ("", {}),
        ("localhost", {}),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}),
        ("10.0.0.1", {"Authorization": "Bearer wrong"}),
        ("10.0.0.1", {"Authorization": "Bearer "}),
        ("10.0.0.1", {"Authorization": TOKEN}),
        ("10.0.0.1", {"Authorization": "Bearer é"}),
        ("10.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
    ],
)
def test_nobody_else_may_without_the_token(
    address: str, headers: dict[str, str], settings: Settings
) -> None:
    for token in ("", TOKEN):
        settings.METRICS_TOKEN = token
        assert refusal(ask(address, headers)) == (403, "permission_denied")


@pytest.mark.django_db
def test_whoever_has_the_token_may_read_them_from_anywhere(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = ask("10.0.0.1", {"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, "text/plain")


@pytest.mark.django_db
def test_neither_keys_nor_customers_are_in_the_figures() -> None:
    mine, product = program(), make.product()
    mine.activated(mine.reserved(product.pk)["reservation_id"])
    text = Program(None).get("/metrics").body.decode()
    assert mine.key
    for hidden in (mine.key, "chan@example.com", "陳大文", "12345678"):
        assert hidden not in text


@pytest.mark.django_db
def test_notices_that_nobody_takes_and_endpoints_that_fail_are_shown() -> None:
    failing, off, removed = hooks.endpoint(), hooks.endpoint(), hooks.endpoint()
    for endpoint in (failing, off, removed):
        hooks.waiting(endpoint)
    endpoints = WebhookEndpoint.objects
    endpoints.filter(pk=failing.pk).update(failing_since=make.now())
    endpoints.filter(pk=off.pk).update(
        is_active=False, disabled_at=make.now(), disabled_why="failing"
    )
    endpoints.filter(pk=removed.pk).update(removed_at=make.now())
    found = scraped()
    names = ("ota_webhooks_due", "ota_webhooks_failing", "ota_webhooks_disabled")
    assert [value(found[name]) for name in names] == [1, 1, 1]
    assert 0 <= value(found["ota_webhooks_oldest_due_seconds"]) < 60


@pytest.mark.django_db
def test_a_notice_grows_old_only_while_a_sender_could_take_it() -> None:
    mine = hooks.endpoint()
    first, second = hooks.waiting(mine, "ticket:A"), hooks.waiting(mine, "ticket:A")
    hour = timedelta(hours=1)

    def oldest() -> float:
        return value(scraped()["ota_webhooks_oldest_due_seconds"])

    mine.deliveries.update(next_attempt_at=timezone.now() - hour)
    assert 3600 <= oldest() < 3660
    WebhookEndpoint.objects.update(paused_until=timezone.now() - hour / 2)
    assert 1800 <= oldest() < 1860  # it was left alone until then
    mine.deliveries.filter(pk=first.pk).update(next_attempt_at=timezone.now() + hour)
    assert oldest() == 0  # the second waits behind the first
    mine.deliveries.filter(pk=first.pk).update(next_attempt_at=timezone.now() - hour)
    taken = lines.claim(mine.pk)
    assert taken is not None
    assert (taken.id, oldest()) == (first.pk, 0)
    sending.settle(taken, sending.Outcome(204, "", None, 1), at=timezone.now())
    assert oldest() >= 3600
    assert lines.claim(mine.pk) is not None
    assert (second.subject, oldest()) == ("ticket:A", 0)
    Partner.objects.update(is_active=False)
    assert value(scraped()["ota_webhooks_due"]) == 0
