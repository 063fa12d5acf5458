"""Nobody is found where nobody may be: logs, metrics, errors, task payloads, lists for staff.

Canaries go through every route there is. What every other test logs is looked at as well:
tests/canaries.py.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import structlog
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from config.api.rendering import encode
from config.celery import app
from config.redis_client import client as redis
from customers import tokens
from customers.models import Account
from ota import calls
from ota.metrics.exposition import exposition
from resellers import payment_secrets
from resellers.models import Partner
from tests import canaries, make, shop
from tests.customer_program import Shopper, shopper
from tests.direct import routes as direct
from tests.openapi import Answer
from tests.ota import routes as ota
from tests.ota.back_office import fill
from tests.partner_program import CUSTOMER, Program, in_process, program
from ticketing import issuing, notices
from ticketing.models import Customer

pytestmark = pytest.mark.django_db
CANARY = {
    "name": "Zilpah Quennevais",
    "email": "zilpah.quennevais@nightjar-canary.example",
    "phone": "+85256473829",
}
PASSWORD = "nightjars do not sing"
# An e-mail address may be shown by its first letter and its domain.
HIDDEN = ["Zilpah", "zilpah", "Quennevais", "quennevais", "56473829", "nightjars do not"]


@pytest.fixture(autouse=True)
def _canaries_are_the_people_of_every_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CANARY.items():
        monkeypatch.setitem(CUSTOMER, name, value)
        monkeypatch.setitem(make.CUSTOMER, name, value)
    monkeypatch.setattr(direct, "NEW_EMAIL", f"new-{CANARY['email']}")
    monkeypatch.setattr(shop, "PASSWORD", PASSWORD)


@pytest.fixture
def partner() -> Partner:
    return make.partner(rate_limit=1000, contact_name="Contact", contact_email="c@example.com")


@pytest.fixture
def account() -> Account:
    return shop.account(CANARY["email"], name=CANARY["name"], password=PASSWORD)


@pytest.fixture
def secrets(partner: Partner, account: Account) -> dict[str, str]:
    """One of every kind of credential."""
    pair = tokens.issue(account, at=make.now())
    return {
        "key": make.api_key(partner)[1],
        "payment": payment_secrets.add(partner, at=make.now()),
        "access": pair.access,
        "refresh": pair.refresh,
    }


@pytest.fixture
def everywhere(partner: Partner, account: Account, secrets: dict[str, str]) -> list[Answer]:
    """The canaries on every route, in good calls and in refused ones; returns all answers."""
    mine, theirs = Shopper(secrets["access"], account), Program(secrets["key"], partner)
    answers = [
        *(answer for route in ota.ROUTES for answer in by_partner(route, theirs)),
        *(answer for route in direct.ROUTES for answer in by_customer(route, mine)),
        *paid(partner, secrets["payment"]),
        mine.post("auth/token", {"email": CANARY["email"], "password": f"not {PASSWORD}"}),
        mine.post("auth/register", {"email": CANARY["email"], "password": PASSWORD[:5]}),
        mine.post("auth/logout", {"refresh": secrets["refresh"]}),
    ]
    assert {answer.status // 100 for answer in answers} == {2, 4}
    return answers


def by_partner(route: ota.Route, by: Program) -> Iterator[Answer]:
    known = ota.sample(route)
    path, body = ota.addressed(route, known.ids(by.owner)), known.body(by.owner)
    yield by.call(route.method, path, body, once=f"once-{route.name}-{route.method}")
    if body is not None:
        yield by.call(route.method, path, {**body, "surely_unknown": CANARY})
        yield by.call(route.method, path, {**body, "customer_details": [CANARY]})
    yield Program("gw_live_" + "x" * 60).call(route.method, path, body)


def by_customer(route: ota.Route, by: Shopper) -> Iterator[Answer]:
    known = direct.sample(route)
    path, body = direct.addressed(route, known.ids(by.owner)), known.body(by.owner)
    yield by.call(route.method, path, body)
    if body is not None:
        yield by.call(route.method, path, {**body, "surely_unknown": CANARY})
    if not known.is_public:
        yield Shopper(f"{by.token}x").call(route.method, path, body)


def paid(partner: Partner, secret: str) -> Iterator[Answer]:
    for source, order, own in (
        ("direct", shop.order(), notices.secrets_of("direct", at=make.now())[0]),
        (partner.partner_id, make.order(of=partner), secret.encode()),
    ):
        for signed_with in (own, b"guessed"):
            body = make.notice(order, amount=float(order.total_amount))
            raw = encode(body)
            signature = notices.sign(signed_with, raw, at=make.now())
            headers = {"X-Payment-Source": source, "X-Payment-Signature": signature}
            yield Program(None).post("/payments/notify", raw, headers=headers)


def told(text: str, secrets: dict[str, str]) -> list[str]:
    """The canaries that a text gives away."""
    tails = [secret[-20:] for secret in secrets.values()]
    return [word for word in (*HIDDEN, *tails) if word in text]


def test_no_log_line_metric_error_task_or_list_for_staff_holds_one(
    everywhere: list[Answer], secrets: dict[str, str], admin_client: Client
) -> None:
    # One test, for the calls on every route take longest.
    _no_log_line(secrets)
    _no_metric(secrets)
    _no_error(everywhere, secrets)
    _no_task_and_nothing_else_in_redis(secrets)
    _no_list_for_staff(secrets, admin_client)


def _no_log_line(secrets: dict[str, str]) -> None:
    lines = [canaries._readable(line) for line in canaries.HEARD]
    assert len(lines) > 10
    assert any("customer_email" in line for line in lines)
    assert told("\n".join(lines), secrets) == []


def _no_metric(secrets: dict[str, str]) -> None:
    text = exposition().decode()
    assert 'route="direct-orders"' in text
    assert told(text, secrets) == []


def _no_error(everywhere: list[Answer], secrets: dict[str, str]) -> None:
    errors = [answer for answer in everywhere if answer.status >= 400]
    assert len(errors) > 40
    for answer in errors:
        assert told(answer.body.decode() + repr(dict(answer.headers)), secrets) == []


def _no_task_and_nothing_else_in_redis(secrets: dict[str, str]) -> None:
    for each in app.conf.beat_schedule.values():
        app.send_task(each["task"])
    text = everything_in_redis()
    assert all(each["task"] in text for each in app.conf.beat_schedule.values())
    assert "bulk-generate" in text  # a call of a partner
    assert told(text, secrets) == []


def everything_in_redis() -> str:
    read: dict[bytes, Callable[[Any], Any]] = {
        b"list": lambda key: redis().lrange(key, 0, -1),
        b"stream": redis().xrange,
        b"set": redis().smembers,
        b"string": redis().get,
        b"hash": redis().hgetall,
    }
    kinds: dict[Any, Any] = {key: redis().type(key) for key in redis().keys("*")}
    return repr([(key, read[kind](key)) for key, kind in kinds.items()])


def _no_list_for_staff(secrets: dict[str, str], admin_client: Client) -> None:
    calls.store()
    fill()
    shown = 0
    for model in admin.site._registry:
        page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        text = admin_client.get(page).content.decode()
        shown += len(re.findall(r'class="field-|field-', text)) > 0
        assert told(text, secrets) == [], page
    assert shown > 15


def test_no_bug_gives_one_away(
    partner: Partner, account: Account, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the answer nor the traceback, though the database quotes the whole row."""

    def broken(held: Any, origin: Any, details: Mapping[str, str], *_: Any, **__: Any) -> None:
        Customer.objects.create(created_at=None, **details)  # type: ignore[misc]

    product = shop.product()
    wish = {"customer_details": CANARY}
    bought = {**wish, "product_id": product.pk, "quantity": 1}
    ordered = {**wish, "reservation_id": str(make.reservation(of=partner, on=product).id)}
    monkeypatch.setattr(issuing, "_opened", broken)
    answers = [
        in_process("POST", path, {**who, "Content-Type": "application/json"}, encode(body))
        for path, who, body in (
            ("/api/orders", {"Authorization": f"Bearer {secrets['access']}"}, bought),
            ("/api/ota/orders", {"x-api-key": secrets["key"]}, ordered),
        )
    ]
    assert [answer.status for answer in answers] == [500, 500]
    lines = "\n".join(canaries.HEARD)
    assert lines.count("IntegrityError: sqlstate 23502") == 2
    assert told(lines + "".join(answer.body.decode() for answer in answers), secrets) == []


def test_the_hunters_find_what_is_there(secrets: dict[str, str]) -> None:
    """The control."""
    assert told(f"name: {CANARY['name']}", secrets) == ["Zilpah", "Quennevais"]
    assert told(secrets["key"], secrets) == [secrets["key"][-20:]]
    before = len(canaries.HEARD)
    structlog.get_logger("tests").info("heard", name="somebody")
    assert len(canaries.HEARD) == before + 1
    line = canaries.HEARD[-1]
    assert canaries.found_in([line]) == []
    for text in (
        "陳大文 Chan",
        "chan@example.com",
        "+85212345678",
        secrets["key"],
        secrets["access"],
    ):
        assert len(canaries.found_in([line.replace("heard", text)])) == 1


def test_a_customer_is_masked_where_logs_name_one() -> None:
    mine, theirs = shopper(), program()
    theirs.sold(make.premade_ticket(of=theirs.partner).code)
    assert mine.get("orders").status == 200
    (line,) = [line for line in canaries.HEARD if "ota.tickets.activated" in line]
    assert '"customer_email":"z***@nightjar-canary.example"' in line
