"""Webhooks over HTTP: registered, changed, tested, looked at, sent again and removed."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from ota.models import Delivery, Event, IdempotencyRecord, WebhookEndpoint
from ota.webhooks import endpoints, notices
from tests import hooks, make
from tests.partner_program import Program, expect, program, refusal

pytestmark = pytest.mark.django_db
URL = "https://partner.example.com/hooks"


def registered(mine: Program, **facts: Any) -> dict[str, Any]:
    return expect(201, mine.post("webhooks", {"url": URL, **facts}))


def test_a_url_is_enough_and_the_secret_is_shown_once() -> None:
    mine = program()
    shown = registered(mine)
    assert shown["events"] == sorted(Event.values)
    assert (shown["status"], shown["disabled_at"], shown["failing_since"]) == ("active", None, None)
    endpoint = WebhookEndpoint.objects.get()
    assert shown["secret"] == hooks.secret_of(endpoint)
    assert bytes(endpoint.secrets.get().sealed).find(shown["secret"].encode()) == -1
    seen = expect(200, mine.get(f"webhooks/{shown['id']}"))
    assert seen == {name: value for name, value in shown.items() if name != "secret"}
    assert expect(200, mine.get("webhooks"))["webhooks"] == [seen]


def test_a_repeated_call_gets_the_same_secret_which_is_kept_sealed() -> None:
    mine = program()
    first = mine.post("webhooks", {"url": URL}, once="key-1")
    again = mine.post("webhooks", {"url": URL}, once="key-1")
    assert (first.status, again.status, first.body) == (201, 201, again.body)
    assert again.headers["idempotent-replayed"] == "true"
    shown = first.json()
    path = f"webhooks/{shown['id']}/rotate-secret"
    rotated = mine.post(path, once="key-2")
    assert mine.post(path, once="key-2").body == rotated.body
    assert expect(200, rotated)["secret"] != shown["secret"]
    assert mine.post("webhooks", {"url": URL}, once="key-1").body == first.body
    kept = IdempotencyRecord.objects.values_list("body", flat=True)
    assert [body for body in kept if "whsec" in body] == []
    assert WebhookEndpoint.objects.get().secrets.count() == 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"url": "http://partner.example.com/"}, (422, "not_acceptable")),
        ({"url": "https://127.0.0.1/"}, (422, "not_acceptable")),
        ({"url": "https://localhost/"}, (422, "not_acceptable")),
        ({"url": "https://user:word@partner.example.com/"}, (422, "not_acceptable")),
        ({"url": "https://partner.example.com:22/"}, (422, "not_acceptable")),
        ({"url": f"https://partner.example.com/{'x' * 500}"}, (422, "max_length")),
        ({"url": 5}, (400, "wrong_type")),
        ({}, (400, "required")),
        ({"url": URL, "events": []}, (422, "empty")),
        ({"url": URL, "events": ["ticket.sold"]}, (422, "invalid_choice")),
        ({"url": URL, "events": ["webhook.test"]}, (422, "invalid_choice")),
        ({"url": URL, "secret": "whsec_mine"}, (400, "unknown_field")),
    ],
    ids=str,
)
def test_what_is_no_public_address_or_no_event_is_refused(
    body: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = program().post("webhooks", body)
    (issue,) = answer.json().get("errors", [answer.json()])
    assert (answer.status, issue["code"]) == expected
    assert not WebhookEndpoint.objects.exists()


def test_there_are_at_most_ten_and_one_of_each_address() -> None:
    mine = program()
    for number in range(endpoints.MOST_ENDPOINTS):
        registered(mine, url=f"{URL}/{number}")
    assert refusal(mine.post("webhooks", {"url": URL})) == (409, "too_many_webhooks")
    assert registered(program())  # others have ten of their own
    first = WebhookEndpoint.objects.of(mine.owner).first()
    assert first is not None
    mine.delete(f"webhooks/{first.pk}")
    taken = {"url": f"{URL}/0".upper().replace("/HOOKS", "/hooks")}
    assert refusal(mine.post("webhooks", taken)) == (409, "duplicate_webhook")


def test_what_is_changed_counts_from_then_on() -> None:
    mine = program()
    made = registered(mine)
    path = f"webhooks/{made['id']}"
    changed = expect(200, mine.call("PATCH", path, {"events": ["ticket.used", "ticket.used"]}))
    assert (changed["events"], changed["url"]) == (["ticket.used"], URL)
    off = expect(200, mine.call("PATCH", path, {"status": "disabled"}))
    assert (off["status"], off["disabled_reason"]) == ("disabled", "partner")
    assert refusal(mine.post(f"{path}/test")) == (409, "webhook_disabled")
    on = expect(200, mine.call("PATCH", path, {"status": "active", "url": f"{URL}/new"}))
    assert (on["status"], on["disabled_at"], on["url"]) == ("active", None, f"{URL}/new")
    other = registered(mine)
    again = mine.call("PATCH", f"webhooks/{other['id']}", {"url": f"{URL}/new"})
    assert refusal(again) == (409, "duplicate_webhook")


def test_a_test_notice_is_in_the_log_and_can_be_sent_again_once_it_is_over() -> None:
    mine = program()
    made = registered(mine)
    endpoint = WebhookEndpoint.objects.get()
    queued = expect(202, mine.post(f"webhooks/{made['id']}/test"))
    assert (queued["event_type"], queued["state"], queued["attempts"]) == (
        "webhook.test",
        "pending",
        0,
    )
    log = expect(200, mine.get(f"webhooks/{made['id']}/deliveries"))
    assert log["deliveries"] == [queued]
    endpoint.paused_until = make.now() + timedelta(minutes=5)
    endpoint.save()
    (paused,) = expect(200, mine.get(f"webhooks/{made['id']}/deliveries"))["deliveries"]
    assert paused["next_attempt_at"] == timezone.localtime(endpoint.paused_until).isoformat()
    again = f"webhooks/deliveries/{queued['delivery_id']}/replay"
    assert refusal(mine.post(again)) == (409, "delivery_pending")
    Delivery.objects.update(
        state="failed", next_attempt_at=None, attempts=12, first_attempt_at=make.now()
    )
    replayed = expect(202, mine.post(again))
    assert (replayed["state"], replayed["attempts"]) == ("pending", 0)
    assert (replayed["event_id"], replayed["body"]) == (queued["event_id"], queued["body"])


def test_a_long_address_and_a_long_notice_are_within_the_schema() -> None:
    mine = program()
    made = registered(mine, url=f"{URL}/{'x' * (499 - len(URL))}")
    make.order("CONFIRMED", of=mine.owner)
    assert notices.tell(at=make.now()) > 0
    log = expect(200, mine.get(f"webhooks/{made['id']}/deliveries", event_type="order.confirmed"))
    assert (len(made["url"]), len(log["deliveries"][0]["body"]) > 255) == (500, True)


def test_the_log_is_filtered_and_paged() -> None:
    mine = program()
    endpoint = hooks.endpoint(mine.owner)
    for _ in range(3):
        hooks.waiting(endpoint)
    Delivery.objects.filter(pk=Delivery.objects.latest("pk").pk).update(
        state="delivered", next_attempt_at=None, delivered_at=make.now()
    )
    path = f"webhooks/{endpoint.pk}/deliveries"
    assert expect(200, mine.get(path, state="pending"))["total_count"] == 2
    assert expect(200, mine.get(path, event_type="ticket.used"))["total_count"] == 0
    assert mine.get(path, state="x").status == 422
    first = expect(200, mine.get(path, limit=2))
    rest = expect(200, mine.get(path, limit=2, cursor=first["next_cursor"]))
    shown = [each["delivery_id"] for each in first["deliveries"] + rest["deliveries"]]
    assert len(set(shown)) == 3


def test_a_list_of_three_asks_no_more_than_a_list_of_one() -> None:
    mine = program()
    endpoint = hooks.endpoint(mine.owner)
    paths = ["webhooks", f"webhooks/{endpoint.pk}/deliveries"]
    hooks.waiting(endpoint)
    mine.get("webhooks")  # the first call of a key is noted on it
    one = [make.statements(partial(mine.get, path))[1] for path in paths]
    for _ in range(2):
        hooks.waiting(endpoint)
        hooks.endpoint(mine.owner)
    assert [make.statements(partial(mine.get, path))[1] for path in paths] == one


def test_deleting_leaves_nothing_to_be_seen_and_frees_the_address() -> None:
    mine = program()
    made = registered(mine)
    delivery = expect(202, mine.post(f"webhooks/{made['id']}/test"))
    path = f"webhooks/{made['id']}"
    assert [mine.delete(path).status, mine.delete(path).status] == [204, 404]
    assert expect(200, mine.get("webhooks"))["total_count"] == 0
    assert refusal(mine.get(f"{path}/deliveries")) == (404, "not_found")
    replay = f"webhooks/deliveries/{delivery['delivery_id']}/replay"
    assert refusal(mine.post(replay)) == (404, "not_found")
    assert registered(mine)["id"] != made["id"]


def test_a_secret_is_changed_with_a_day_of_both() -> None:
    mine = program()
    made = registered(mine)
    rotated = expect(200, mine.post(f"webhooks/{made['id']}/rotate-secret"))
    endpoint = WebhookEndpoint.objects.get()
    old = endpoint.secrets.last()
    assert old is not None
    assert old.retires_at is not None
    assert old.retires_at - old.created_at > timedelta(hours=23)
    assert rotated["secret"] == hooks.secret_of(endpoint) != made["secret"]
