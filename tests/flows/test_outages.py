"""Parts of a whole run die under load: sales go on or say when to come again, nothing is lost.

That its end leaves no process and no socket, `whole_run` looks at.
"""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests import hooks
from tests.config.waiting import wait_until
from tests.flows.over_http import Buyers, anew, at_once
from tests.flows.told import (
    Held,
    Told,
    ends_leases,
    is_telling,
    kill_all_of,
    receivers,
    telling_stopped_in_the_middle,
)
from tests.flows.whole_run import WholeRun, whole_run
from tests.partner_program import Program, expect

pytestmark = pytest.mark.proof
THREADS = 6
OPEN = "SELECT rule FROM ota_alert WHERE closed_at IS NULL"
LIMIT = "UPDATE ota_alertthreshold SET value = %d WHERE rule LIKE '%%_silent' RETURNING rule"


@pytest.fixture(scope="module")
def run() -> Iterator[WholeRun]:
    with whole_run() as running:
        yield running
        reconciled = running.manage("reconcile")
        assert reconciled.returncode == 0, reconciled.stdout


@pytest.fixture(scope="module")
def programs(run: WholeRun) -> list[Program]:
    return run.programs(40)  # a quiet machine would use up the minutes of twelve


@pytest.fixture(scope="module")
def product(run: WholeRun) -> int:
    """Enough of it for all buyers, however fast they are."""
    return run.product(units=10**6)


@pytest.fixture(autouse=True)
def _well(run: WholeRun) -> Iterator[None]:
    """Every test begins and ends with all parts well."""
    assert wait_until(run.is_well, 30), run.output()
    yield
    assert wait_until(run.is_well, 30), run.output()


def under_load(buyers: Buyers, name: str, breaks: Callable[[], None], seconds: float) -> None:
    """Buyers reserve while something breaks, and for some seconds after it broke."""
    until = time.monotonic() + seconds

    def buy(thread: int) -> None:
        wishes = 0
        while time.monotonic() < until:
            buyers.reserve(f"{name}-{thread}-{wishes}")
            wishes += 1

    def break_it() -> None:
        time.sleep(0.5)
        breaks()

    with ThreadPoolExecutor(1) as breaker:
        broken = breaker.submit(break_it)
        at_once(buy, range(THREADS), THREADS)
        broken.result()


def assert_nothing_lost(run: WholeRun, buyers: Buyers) -> None:
    """Every reservation that was acknowledged is there, once."""
    kept = {str(each[0]) for each in run.rows("SELECT id FROM ticketing_reservation")}
    assert set(buyers.held.values()) <= kept
    assert len(set(buyers.held.values())) == len(buyers.held)
    key, held = next(iter(buyers.held.items()))
    mine = buyers.program_of(key).over(anew(run.url))
    assert expect(200, mine.get(f"reservations/{held}"))["status"] == "active"


def test_it_runs_alone_on_its_data_and_is_reached_from_this_machine_only(run: WholeRun) -> None:
    listening = {
        (each.laddr.ip, each.laddr.port)
        for process in run.everybody()
        for each in process.net_connections()
        if each.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", run.port)}
    assert run.command("run").returncode == 1
    assert run.manage("migrate", "--check").returncode == 0
    assert (run.folder / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_without_redis_sales_go_on(run: WholeRun, programs: list[Program], product: int) -> None:
    buyers = Buyers(programs, product, patient=False)
    seen: list[tuple[int, str]] = []

    def kill_and_watch() -> None:
        run.part("valkey").kill()
        for _ in range(25):
            status, parts = run.readiness()
            seen.append((status, parts.get("cache", "")))
            time.sleep(0.02)

    under_load(buyers, "killed", kill_and_watch, 2.5)

    assert set(buyers.answers) == {(201, "")}
    assert (buyers.lost, set(seen) & {(200, "degraded")}) == (0, {(200, "degraded")})
    assert {status for status, _ in seen} == {200}
    assert_nothing_lost(run, buyers)


def test_with_redis_hanging_sales_go_on_slowly(
    run: WholeRun, programs: list[Program], product: int
) -> None:
    buyers = Buyers(programs, product, patient=False)

    def hang() -> None:
        run.part("valkey").suspend()
        time.sleep(1.5)
        run.part("valkey").resume()

    under_load(buyers, "hanging", hang, 2.5)

    assert set(buyers.answers) == {(201, "")}
    assert buyers.lost == 0
    assert_nothing_lost(run, buyers)


def test_without_postgres_calls_are_told_to_come_again_and_it_recovers_by_itself(
    run: WholeRun, programs: list[Program], product: int
) -> None:
    buyers = Buyers(programs, product, patient=True)
    killed_at = 0.0

    def kill() -> None:
        nonlocal killed_at
        postgres = run.part("postgres")
        postgres.send_signal(signal.SIGKILL)
        psutil.wait_procs([postgres], timeout=10)
        killed_at = time.monotonic()

    under_load(buyers, "postgres", kill, 4)

    # 503 says when to come again: that is part of what every answer is held to.
    assert set(buyers.answers) == {(201, ""), (503, "database_unavailable")}
    assert buyers.lost == 0
    assert buyers.at_last > killed_at > 0
    assert_nothing_lost(run, buyers)


def test_an_answer_given_before_postgres_died_is_given_again_after_it(
    run: WholeRun, programs: list[Program]
) -> None:
    mine, wish = programs[0], {"product_id": 106, "quantity": 2}
    first = mine.post("reserve", wish, once="before")
    postgres = run.part("postgres")
    postgres.kill()
    psutil.wait_procs([postgres], timeout=10)
    # A connection that saw it die says so once more: told to come again, a partner does.
    assert wait_until(lambda: mine.post("reserve", wish, once="before").status != 503, 30)
    again = mine.post("reserve", wish, once="before")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["idempotent-replayed"] == "true"


def test_calls_made_while_redis_was_away_are_in_the_log(run: WholeRun) -> None:
    def logged() -> set[str]:
        return {each[0] for each in run.rows("SELECT request_id FROM ota_apicall")}

    mine = Program("ota_test_key_12345", send=run.send)
    names = [f"request-without-redis-{n}" for n in range(6)]
    run.part("valkey").kill()
    for name in names:
        mine.get("inventory", headers={"X-Request-Id": name})
    assert wait_until(lambda: set(names) <= logged(), 20)


def test_receivers_that_hang_fail_or_redirect_delay_nobody(
    run: WholeRun, programs: list[Program]
) -> None:
    mine, other, hangs = Told(programs[0], 106), Told(programs[1], 107), Held()
    with (
        hooks.receiver() as inside,
        receivers(
            hangs, hooks.answering(500), hooks.answering(410),
            hooks.answering(307, Location=inside.url), hooks.answering(204), hooks.answering(204),
        ) as (hung, *failing, well, quick),
    ):  # fmt: skip
        urls = (hung.url, *(each.url for each in failing), "http://127.0.0.1:9/", well.url)
        silent, broken, gone, moved, refused, fine = map(mine.listens, urls)
        other.listens(quick.url)
        mine.sells(1)
        assert wait_until(lambda: hung.got, 30)
        mine.sells(2)
        other.sells(2)
        # It has not said a word so far, and does not before the end.
        assert wait_until(lambda: (len(set(well.ids)), len(set(quick.ids))) == (6, 4), 30)
        assert wait_until(lambda: mine.status(gone) == ("disabled", "gone"))
        assert wait_until(lambda: ("pending", 500, "status") in mine.states(broken))
        assert wait_until(lambda: ("pending", 307, "redirect") in mine.states(moved))
        assert wait_until(lambda: ("pending", None, "no_connection") in mine.states(refused))
        assert mine.states(fine) == {("delivered", 204, None)}
        assert {state for state, *_ in mine.states(silent)} == {"pending"}
        assert inside.got == []


def test_no_notice_is_lost_when_who_makes_it_and_who_sends_it_are_killed_at_it(
    run: WholeRun, programs: list[Program]
) -> None:
    mine, holds = Told(programs[2], 108), Held()
    with receivers(holds) as (got,):
        webhook = mine.listens(got.url)
        with telling_stopped_in_the_middle(run):
            mine.sells(1)
            assert wait_until(lambda: is_telling(run))
            kill_all_of(run.part("worker --concurrency"))
        assert wait_until(lambda: got.got, 30)
        kill_all_of(run.part("sender@"))
        cut_off = got.ids[0]
        holds.go_on.set()
        ends_leases(run)
        assert wait_until(lambda: mine.states(webhook) == {("delivered", 204, None)}, 30)
    assert (len(set(got.ids)), got.ids.count(cut_off)) == (2, 2)
    told = {each.verified(mine.secrets[webhook])["type"] for each in got.got}
    assert told == {"order.confirmed", "ticket.cancelled"}


def test_beat_worker_and_redis_that_are_away_are_alerts_and_sales_go_on(
    run: WholeRun, programs: list[Program], product: int
) -> None:
    """Frozen, not killed: who was killed is started anew before anybody misses it."""
    buyers = Buyers(programs, product, patient=False)
    away = {"cache_away", "worker_silent", "beat_silent"}

    def still_open() -> set[str]:
        return {each[0] for each in run.rows(OPEN)}

    with run.frozen("worker --concurrency", " beat ", "valkey-server"):
        run.rows(LIMIT % 2)
        assert wait_until(lambda: away <= still_open(), 40)
        buyers.reserve("while-away")
        assert set(buyers.answers) == {(201, "")}
    run.rows(LIMIT % 30)
    assert wait_until(lambda: not away & still_open(), 40)
    run.rows(LIMIT % 120)
    told = dict(run.rows("SELECT rule, count(*) FROM ota_alert GROUP BY rule"))
    assert {rule: told[rule] for rule in away} == dict.fromkeys(away, 1)
