"""Notices on their way to receivers of every temper: signed, in order, again and again, alone."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from django.db import DatabaseError
from django.utils import timezone
from standardwebhooks.webhooks import WebhookVerificationError

from ota import tasks
from ota.models import Delivery, WebhookEndpoint
from ota.webhooks import endpoints, lines, mails, notices, outbound, sending, signing
from ota.webhooks.histories import HISTORIES
from tests import hooks, make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    """As in the demo, a receiver may live on this machine."""
    settings.DEMO = True


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.5)


@pytest.fixture
def got() -> Iterator[hooks.Receiver]:
    with hooks.receiver() as receiver:
        yield receiver


def now_due(of: WebhookEndpoint) -> None:
    """Time passes until the next attempt; nobody waits here for it."""
    past = timezone.now() - timedelta(seconds=1)
    of.deliveries.filter(state="pending").update(next_attempt_at=past, leased_until=None)
    WebhookEndpoint.objects.filter(pk=of.pk).update(paused_until=None)


def state_of(delivery: Delivery) -> tuple[str, int | None, str]:
    delivery.refresh_from_db()
    return delivery.state, delivery.response_status, delivery.error


def test_a_notice_arrives_with_a_signature_that_the_published_library_verifies(
    got: hooks.Receiver,
) -> None:
    mine = hooks.endpoint(url=got.url)
    made = hooks.waiting(mine)
    assert hooks.drain(mine) == 1
    (request,) = got.got
    assert request.body.decode() == made.payload
    assert request.event_id == str(made.event_id)
    assert request.headers["content-type"] == "application/json"
    assert request.verified(hooks.secret_of(mine)) == request.told
    assert request.told.keys() == {"type", "timestamp", "data"}
    with pytest.raises(WebhookVerificationError):
        request.verified(hooks.secret_of(hooks.endpoint()))
    assert state_of(made) == ("delivered", 204, "")
    assert (made.attempts, hooks.drain(mine)) == (1, 0)


def test_while_a_secret_is_changed_both_verify_and_afterwards_the_new_one_alone(
    got: hooks.Receiver,
) -> None:
    mine = hooks.endpoint(url=got.url)
    old = hooks.secret_of(mine)
    signing.add_secret(mine, at=make.now())
    new = hooks.secret_of(mine)
    hooks.waiting(mine)
    hooks.drain(mine)
    assert got.got[0].verified(old) == got.got[0].verified(new)
    mine.secrets.exclude(retires_at=None).update(retires_at=make.now())
    hooks.waiting(mine)
    hooks.drain(mine)
    assert got.got[1].verified(new)
    with pytest.raises(WebhookVerificationError):
        got.got[1].verified(old)


@pytest.mark.parametrize(
    ("temper", "expected"),
    [
        (hooks.answering(500), ("pending", 500, "status")),
        (hooks.answering(400), ("pending", 400, "status")),
        (hooks.answering(302, Location="/elsewhere"), ("pending", 302, "redirect")),
        (hooks.answering(304), ("pending", 304, "redirect")),
        (hooks.hanging(3), ("pending", None, "timeout")),
        (hooks.dripping(0.05), ("pending", None, "timeout")),
        (lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n"), ("pending", None, "no_http")),
        (lambda handler: handler.connection.close(), ("pending", None, "no_http")),
    ],
    ids=["500", "400", "302", "304", "hangs", "drips", "no http", "hangs up"],
)
def test_whatever_is_no_2xx_is_tried_again_with_the_same_id(
    got: hooks.Receiver, short: None, temper: hooks.Temper, expected: tuple[str, int, str]
) -> None:
    got.temper = temper
    mine = hooks.endpoint(url=got.url)
    made = hooks.waiting(mine)
    began = time.monotonic()
    hooks.drain(mine)
    assert time.monotonic() - began < 2
    assert state_of(made) == expected
    assert made.next_attempt_at is not None
    assert 3 < (made.next_attempt_at - timezone.now()).total_seconds() < 6
    mine.refresh_from_db()
    assert (mine.failures, mine.failing_since is not None) == (1, True)
    got.temper = hooks.answering(204)
    now_due(mine)
    hooks.drain(mine)
    assert state_of(made) == ("delivered", 204, "")
    assert got.ids == [str(made.event_id)] * 2
    mine.refresh_from_db()
    assert (mine.failures, mine.failing_since) == (0, None)


def test_who_is_not_there_is_tried_again() -> None:
    mine = hooks.endpoint(url="http://127.0.0.1:9/hooks")
    made = hooks.waiting(mine)
    hooks.drain(mine)
    assert state_of(made) == ("pending", None, "no_connection")


def test_what_breaks_on_our_side_is_loud_and_tried_again_by_the_same_schedule(
    got: hooks.Receiver,
) -> None:
    """A secret that cannot be opened, as with the wrong pepper: no notice goes out unsigned."""
    mine = hooks.endpoint(url=got.url)
    made = hooks.waiting(mine)
    sealed = bytes(mine.secrets.get().sealed)
    mine.secrets.update(sealed=b"no secret")
    with pytest.raises(InvalidToken):
        hooks.drain(mine)
    assert (state_of(made), got.got) == (("pending", None, "internal"), [])
    assert (made.attempts, lines.due(), hooks.drain(mine)) == (1, [], 0)
    mine.secrets.update(sealed=sealed)
    now_due(mine)
    assert (hooks.drain(mine), got.ids) == (1, [str(made.event_id)])


def test_retry_after_is_honoured_for_the_whole_endpoint(got: hooks.Receiver) -> None:
    got.temper = hooks.answering(429, Retry_After="120")
    mine = hooks.endpoint(url=got.url)
    hooks.waiting(mine)
    hooks.waiting(mine)
    hooks.drain(mine)
    assert len(got.got) == 1
    mine.refresh_from_db()
    assert mine.paused_until is not None
    assert 115 < (mine.paused_until - timezone.now()).total_seconds() <= 121


def test_410_turns_it_off_and_loses_nothing(got: hooks.Receiver) -> None:
    got.temper = hooks.answering(410)
    mine = hooks.endpoint(url=got.url)
    made, later = hooks.waiting(mine), hooks.waiting(mine)
    hooks.drain(mine)
    mine.refresh_from_db()
    assert (mine.is_active, mine.disabled_why) == (False, "gone")
    now_due(mine)
    assert (hooks.drain(mine), len(got.got)) == (0, 1)
    got.temper = hooks.answering(200)
    hooks.turn(mine, "active")
    hooks.drain(mine)
    assert {state_of(made)[0], state_of(later)[0]} == {"delivered"}


def test_the_contact_is_told_that_a_webhook_was_turned_off(
    got: hooks.Receiver, mailoutbox: list[Any]
) -> None:
    got.temper = hooks.answering(410)
    partner = make.partner(contact_email="contact@example.com")
    mine = hooks.endpoint(partner, url=f"{got.url}?only=we-two-know")
    for again in (1, 2):
        hooks.waiting(mine)
        hooks.drain(mine)
        assert mails.send_due(at=timezone.now) == 1
        assert (mails.send_due(at=timezone.now), len(mailoutbox)) == (0, again)
        hooks.turn(mine, "active")
    hooks.turn(mine, "disabled")  # by the partner itself
    assert mails.send_due(at=timezone.now) == 0
    mail = mailoutbox[0]
    assert (mail.to, str(mine.pk) in mail.body) == ([partner.contact_email], True)
    assert "it answered 410" in mail.body
    assert "已停用：它应答了 410" in mail.body
    assert "only=" not in mail.subject + mail.body


def test_after_three_days_it_is_given_up_and_the_endpoint_turned_off(got: hooks.Receiver) -> None:
    got.temper = hooks.answering(500)
    mine = hooks.endpoint(url=got.url)
    made = hooks.waiting(mine)
    began = timezone.now()
    at, attempts = began, 0
    while made.state == "pending" and attempts < 30:
        claimed = lines.claim(mine.pk)
        assert claimed is not None
        attempts += 1
        if attempts == 1:
            Delivery.objects.update(first_attempt_at=began)
        sending.settle(claimed, sending.attempt(claimed, at=at), at=at)
        made.refresh_from_db()
        at = made.next_attempt_at or at
        now_due(mine)
    assert at - began == timedelta(days=3)
    # The pauses vary by a tenth, so the last one may be cut short before its time.
    assert attempts in (len(sending.SCHEDULE) + 1, len(sending.SCHEDULE) + 2)
    assert state_of(made) == ("failed", 500, "status")
    mine.refresh_from_db()
    assert (mine.is_active, mine.disabled_why) == (False, "failing")


def test_one_notice_it_cannot_take_turns_nothing_off(got: hooks.Receiver) -> None:
    got.temper = hooks.answering(500)
    mine = hooks.endpoint(url=got.url)
    made = hooks.waiting(mine)
    hooks.drain(mine)
    long_ago = timezone.now() - timedelta(days=3, minutes=1)
    Delivery.objects.update(first_attempt_at=long_ago)
    WebhookEndpoint.objects.update(last_success_at=timezone.now())
    now_due(mine)
    hooks.drain(mine)
    mine.refresh_from_db()
    assert (state_of(made)[0], mine.is_active) == ("failed", True)


def test_about_the_same_it_waits_for_the_first_and_about_others_it_goes_on(
    got: hooks.Receiver,
) -> None:
    mine = hooks.endpoint(url=got.url)
    first, second = hooks.waiting(mine, "ticket:A"), hooks.waiting(mine, "ticket:A")
    other = hooks.waiting(mine, "ticket:B")
    poison = str(first.event_id)

    def refuse_the_first(handler: object) -> None:
        status = 500 if got.got[-1].event_id == poison else 204
        hooks.answering(status)(handler)  # type: ignore[arg-type]

    got.temper = refuse_the_first
    hooks.drain(mine)
    assert got.ids == [poison, str(other.event_id)]
    now_due(mine)
    hooks.drain(mine)
    assert got.ids[2:] == [poison]
    got.temper = hooks.answering(204)
    now_due(mine)
    hooks.drain(mine)
    assert got.ids[3:] == [poison, str(second.event_id)]


def test_an_endpoint_that_answers_nothing_is_left_alone_and_probed_by_one() -> None:
    mine = hooks.endpoint(url="http://127.0.0.1:9/hooks")
    for _ in range(20):
        hooks.waiting(mine)
    assert lines.due() == [(mine.pk, lines.LANES)]
    assert hooks.drain(mine) == 1
    assert lines.due() == []
    WebhookEndpoint.objects.update(paused_until=None)
    assert lines.due() == [(mine.pk, 1)]


def test_a_partner_with_many_endpoints_that_hang_keeps_no_more_senders_than_one() -> None:
    partner = make.partner()
    many = [hooks.endpoint(partner) for _ in range(8)]
    other = hooks.endpoint()
    for endpoint in [*many, other] * 3:
        hooks.waiting(endpoint)
    senders = dict(lines.due())
    assert senders.pop(other.pk) == lines.LANES
    assert sum(senders.values()) == lines.PARTNER_LANES
    claimed = [lines.claim(endpoint.pk) for endpoint in many]
    assert len([each for each in claimed if each]) == lines.PARTNER_LANES
    assert dict(lines.due()) == {other.pk: lines.LANES}


def test_what_is_in_hand_is_nobody_elses_until_its_lease_ends(got: hooks.Receiver) -> None:
    """A sender that was killed: its notice goes out again, with the same id."""
    mine = hooks.endpoint(url=got.url)
    made = hooks.waiting(mine, "ticket:A")
    hooks.waiting(mine, "ticket:A")
    lost = lines.claim(mine.pk)
    assert lost is not None
    assert (lost.id, lines.claim(mine.pk)) == (made.pk, None)
    Delivery.objects.filter(pk=lost.id).update(leased_until=timezone.now())
    again = lines.claim(mine.pk)
    assert again is not None
    assert (again.id, again.event_id, again.attempts) == (lost.id, lost.event_id, 2)
    # The first was only slow: what it says now counts no more.
    done = sending.Outcome(204, "", None, 1)
    sending.settle(lost, done, at=make.now())
    assert state_of(made)[0] == "pending"
    sending.settle(again, done, at=make.now())
    assert state_of(made)[0] == "delivered"


def test_an_endpoint_that_was_removed_gets_nothing_more(got: hooks.Receiver) -> None:
    mine = hooks.endpoint(url=got.url)
    hooks.waiting(mine)
    endpoints.remove(partner=mine.partner, endpoint_id=mine.pk, at=make.now())
    assert (lines.due(), hooks.drain(mine), got.got) == ([], 0, [])


@pytest.mark.django_db(transaction=True)
def test_one_that_hangs_delays_nobody_else(short: None) -> None:
    with hooks.receiver(hooks.hanging(2)) as slow, hooks.receiver() as quick:
        hung, well = hooks.endpoint(url=slow.url), hooks.endpoint(url=quick.url)
        for _ in range(40):
            hooks.waiting(hung)
            hooks.waiting(well)
        senders = [pk for pk, number in lines.due() for _ in range(number)]
        assert len(senders) == 2 * lines.LANES
        began = time.monotonic()
        took: dict[str, float] = {}

        def drain(pk: object) -> None:
            sending.drain(pk, at=timezone.now)  # type: ignore[arg-type]
            took[str(pk)] = time.monotonic() - began

        make.in_parallel(drain, senders)
        assert len(set(quick.ids)) == 40
        assert len(slow.got) <= lines.LANES
        hung.refresh_from_db()
        assert hung.paused_until is not None


@pytest.mark.django_db(transaction=True)
def test_senders_at_once_send_each_notice_once_and_those_of_a_subject_in_order(
    got: hooks.Receiver,
) -> None:
    mine = hooks.endpoint(url=got.url)
    made = [hooks.waiting(mine, f"ticket:{number % 5}") for number in range(30)]
    busy, most = threading.Lock(), [0, 0]

    def noting(handler: object) -> None:
        with busy:
            most[0] += 1
            most[1] = max(most)
        time.sleep(0.01)
        with busy:
            most[0] -= 1
        hooks.answering(204)(handler)  # type: ignore[arg-type]

    got.temper = noting
    make.in_parallel(lambda _: hooks.drain(mine), range(lines.LANES))
    hooks.drain(mine)
    assert sorted(got.ids) == sorted(str(each.event_id) for each in made)
    place = {event_id: number for number, event_id in enumerate(got.ids)}
    for subject in range(5):
        order = [place[str(each.event_id)] for each in made[subject::5]]
        assert order == sorted(order)
    assert most[1] > 1  # the control: they did go side by side


def test_a_history_that_cannot_be_read_stops_neither_the_others_nor_what_waits(
    got: hooks.Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = hooks.endpoint(url=got.url)
    before = hooks.waiting(mine)
    make.order("CONFIRMED", of=mine.partner)
    make.cancel_ticket(make.premade_ticket(of=mine.partner))
    first, *rest = HISTORIES
    monkeypatch.setattr(notices, "HISTORIES", [replace(first, untold="SELECT 1/0"), *rest])
    monkeypatch.setattr(
        tasks.send_notices, "apply_async", lambda told, **_: tasks.send_notices(*told)
    )
    with pytest.raises(DatabaseError, match="division"):
        tasks.tell_partners()
    told = [each.told["type"] for each in got.got]
    assert (got.ids[0], told) == (str(before.event_id), ["webhook.test", "ticket.cancelled"])


def test_beat_makes_the_notices_and_sets_senders_on_them(
    got: hooks.Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = hooks.endpoint(url=got.url)
    make.order("CONFIRMED", of=mine.partner)

    def at_once(arguments: list[str], *, expires: int) -> None:
        tasks.send_notices(*arguments)

    monkeypatch.setattr(tasks.send_notices, "apply_async", at_once)
    assert tasks.tell_partners() == 1
    assert [each.told["type"] for each in got.got] == ["order.confirmed"]
    assert len(got.got[0].body) < 20_000
