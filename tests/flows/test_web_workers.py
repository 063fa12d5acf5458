"""The web server as `make run` has it, two workers, asked over real connections."""

import http.client
import json
import os
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from config import redis_client
from ota import calls, demo
from ota.models import ApiCall, IdempotencyRecord
from resellers import keys
from tests import make
from tests.config.waiting import wait_until
from tests.flows.guide import as_one_script, commands
from tests.flows.over_http import Buyers, anew, at_once, over_http
from tests.flows.web import web_server
from tests.ota.test_rate_limit_headers import LIMIT, early_in_its_minute, standing
from tests.partner_program import Program, program, refusal
from ticketing import reconcile
from ticketing.models import Reservation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the workers count."""
    return tmp_path_factory.mktemp("figures") / "metrics"


@pytest.fixture(scope="module")
def url(
    tmp_path_factory: pytest.TempPathFactory, figures: Path, django_db_setup: None
) -> Iterator[str]:
    """One server for all; it finds the database as each test makes it."""
    counted = {"PROMETHEUS_MULTIPROC_DIR": str(figures)}
    with web_server(tmp_path_factory.mktemp("web"), **counted) as address:
        yield address


def workers(url: str) -> list[psutil.Process]:
    """The processes that answer on this port, without the one that keeps them."""
    port = str(urlsplit(url).port)
    everybody = psutil.process_iter(["cmdline", "ppid"])
    granian = [each for each in everybody if _serves(each.info["cmdline"], port)]
    ids = {each.pid for each in granian}
    return [each for each in granian if each.info["ppid"] in ids]


def _serves(command: list[str] | None, port: str) -> bool:
    return "granian" in (command or []) and port in (command or [])


def kill_a_worker(url: str) -> None:
    """kill -9, and wait until two are there again."""
    before = workers(url)
    before[0].kill()
    assert wait_until(lambda: len({each.pid for each in workers(url)} - {before[0].pid}) == 2)


def test_killed_workers_in_the_middle_of_200_reservations_lose_and_double_nothing(
    url: str,
) -> None:
    killed_in_the_middle(url, wishes=200, kills=2)


def killed_in_the_middle(url: str, *, wishes: int, kills: int) -> None:
    """Workers die while wishes with keys come in; retried, each has exactly one reservation."""
    product = make.product(ota=wishes)
    buyers = Buyers([program().over(over_http(url)) for _ in range(8)], product.pk)
    wanted = [f"wish-{n}" for n in range(wishes)]
    share = wishes // (kills + 1)
    for part in range(kills + 1):
        now = wanted[part * share : (part + 1) * share if part < kills else wishes]
        # One of eight threads kills while the other seven are answered.
        middle = len(now) // 2
        at_once(
            lambda key: kill_a_worker(url) if key is None else buyers.reserve(key),
            [*now[:middle], *([None] if part < kills else []), *now[middle:]],
        )

    assert buyers.lost > 0  # they did die in the middle
    assert buyers.held.keys() == set(wanted)
    assert len(set(buyers.held.values())) == wishes
    made = {str(each) for each in Reservation.objects.values_list("id", flat=True)}
    assert made == set(buyers.held.values())
    assert IdempotencyRecord.objects.count() == wishes
    assert make.pool(product) == (wishes, wishes, 0)
    assert list(reconcile.differences()) == []
    assert set(buyers.answers) <= {(201, ""), (409, "request_in_progress")}


def test_a_revoked_key_is_refused_by_every_worker_on_the_next_call(url: str) -> None:
    row, key = make.api_key(make.partner(rate_limit=1000))
    mine = Program(key, row.partner, anew(url))
    assert Counter(mine.get("inventory").status for _ in range(20)) == {200: 20}
    keys.revoke(row, at=make.now())
    answers = [mine.get("inventory") for _ in range(20)]
    assert {refusal(answer) for answer in answers} == {(401, "invalid_api_key")}


def test_the_minute_of_a_partner_is_one_over_keys_connections_and_workers(url: str) -> None:
    first = early_in_its_minute(30)
    programs = [first, program(first.owner), program(first.owner)]
    answers = []

    def call(n: int) -> None:
        answers.append(programs[n % 3].over(anew(url)).get("inventory"))

    at_once(call, range(LIMIT + 40))

    assert Counter(answer.status for answer in answers) == {200: LIMIT, 429: 40}
    left = sorted(standing(answer)[1] for answer in answers if answer.status == 200)
    assert left == list(range(LIMIT))


def test_the_calls_of_all_workers_come_together_in_log_and_figures(url: str) -> None:
    mine = program().over(anew(url))
    at_once(lambda _: mine.get("inventory"), range(40))
    assert calls.store() == 40
    assert ApiCall.objects.filter(partner=mine.owner, route="inventory", status=200).count() == 40
    assert redis_client.client().xlen(calls.STREAM) == 0


def test_figures_are_exact_over_both_workers_and_those_that_died(url: str, figures: Path) -> None:
    mine, asked = program(), []
    for number in (60, 40, 20):
        at_once(lambda _: mine.over(anew(url)).get("inventory"), range(number))
        asked.append(counted(url, mine))
        kill_a_worker(url)
        assert wait_until(lambda: listening(url) == 2)
    assert asked == [60, 100, 120]
    assert counted(url, mine) == 120
    # The next one goes on in the file of the dead one, so there is one for each that lives.
    assert sorted(file.name for file in figures.glob("*.db")) == [
        "counter_0.db", "counter_1.db", "histogram_0.db", "histogram_1.db",
    ]  # fmt: skip


def test_the_commands_of_the_monitoring_guide_work(url: str, tmp_path: Path) -> None:
    demo.seed(at=make.now())
    blocks = commands("monitoring", at=url)
    shell = {**os.environ, "OUT": str(tmp_path)}
    done = subprocess.run(["bash", "-c", as_one_script(blocks)], env=shell, check=False, timeout=60)
    health, followed = ((tmp_path / str(number)).read_text() for number in range(len(blocks)))
    assert done.returncode == 0
    assert "ota_tickets_pre_generated_count 0.0" in health
    assert followed.lower().split() == ["x-request-id:", "follow-me-please"]


def listening(url: str) -> int:
    """How many workers take calls: one that has just begun does not yet."""
    taking = [each.net_connections("tcp") for each in workers(url)]
    return sum(any(link.status == psutil.CONN_LISTEN for link in links) for links in taking)


def counted(url: str, mine: Program) -> float:
    """How many requests of a partner the figures know, whichever worker is asked."""
    text = Program(None, None, anew(url)).get("/metrics").body.decode()
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "gangway_requests_total"
        and sample.labels["partner"] == mine.owner.partner_id
    )


RAW = {
    "chunked": b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunked, with a length": b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n"
    b"2\r\n{}\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "a length of letters": b"Content-Length: two\r\n\r\n{}",
    "a length below zero": b"Content-Length: -2\r\n\r\n{}",
    "too long": b"Content-Length: 262145\r\n\r\n" + b" " * 262145,
    "far too long": b"Content-Length: 99999999999\r\n\r\n{}",
    "a header with nul": b"X-Request-Id: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    "a header of 300 kB": b"X-A: " + b"a" * 300_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "2000 headers": b"".join(b"X-%d: a\r\n" % n for n in range(2000)) + b"\r\n",
    "not ascii": b"X-Request-Id: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}",
    "folded": b"X-A: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    "compressed": b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "two keys": b"x-api-key: b\r\nContent-Length: 2\r\n\r\n{}",
    "upgrade": b"Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}",
    "expectation": b"Expect: 100-continue\r\nContent-Length: 262145\r\n\r\n",
}
LINES = [
    b"GET /api/ota/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/ota/orders/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/ota/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET //api/ota/orders HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://evil.example/api/ota/orders HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/ota/orders HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET /api/ota/orders?" + b"a=1&" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PURGE /api/ota/orders HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"rubbish\r\n\r\n",
    b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
    b"\0" * 100 + b"\r\n\r\n",
]


def test_hostile_bytes_on_the_wire_are_refused_and_nobody_dies_of_them(url: str) -> None:
    product, mine = make.product(), program()
    alive = {each.pid for each in workers(url)}
    head = f"POST /api/ota/reserve HTTP/1.1\r\nHost: x\r\nx-api-key: {mine.key}\r\n".encode()
    declared = head + b"Content-Type: application/json\r\n"
    requests = {**{name: declared + rest for name, rest in RAW.items()}}
    requests |= {repr(line[:40]): line for line in LINES}
    for name, request in requests.items():
        status, kind, body = answered(url, request)
        assert 400 <= status < 500, (name, status, body[:200])
        if kind == "application/problem+json":
            assert json.loads(body)["status"] == status
    assert {each.pid for each in workers(url)} == alive
    assert make.pool(product) == (10, 0, 0)
    assert mine.over(over_http(url)).reserved(product.pk)["status"] == "active"


CLOSED = (400, "", b"")


def answered(url: str, request: bytes) -> tuple[int, str, bytes]:
    """(status, media type, body) of the answer to these bytes; closed without one counts as 400."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as wire:
        try:
            wire.sendall(request)
            response = http.client.HTTPResponse(wire)
            response.begin()
            return response.status, response.headers.get_content_type(), response.read()
        except (ConnectionError, http.client.HTTPException):
            return CLOSED
