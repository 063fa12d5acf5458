"""The long form of tests/flows: many deaths, many reservations, none lost and none doubled."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.config.waiting import wait_until
from tests.flows.over_http import Buyers
from tests.flows.test_outages import assert_nothing_lost, under_load
from tests.flows.test_web_workers import killed_in_the_middle
from tests.flows.web import web_server
from tests.flows.whole_run import WholeRun, whole_run

pytestmark = pytest.mark.proof


@pytest.mark.django_db(transaction=True)
def test_2000_reservations_survive_the_death_of_ten_workers(tmp_path: Path) -> None:
    with web_server(tmp_path) as url:
        killed_in_the_middle(url, wishes=2000, kills=10)


def test_everything_dies_in_turn_for_a_while_and_every_key_has_one_reservation() -> None:
    chance = Random(20261120)
    with whole_run() as run:
        buyers = Buyers(run.programs(40), run.product(units=10**6))
        for number in range(6):
            victim = chance.choice(["postgres", "valkey", "granian"])
            under_load(buyers, f"{number}-{victim}", killer(run, victim), 6)
            # Its supervisor gives up on what dies six times within half a minute.
            assert wait_until(run.is_well, 60), run.output()
            assert_nothing_lost(run, buyers)
        kept = run.rows("SELECT count(*), count(DISTINCT key) FROM ota_idempotencyrecord")
        assert kept == [(len(buyers.held), len(buyers.held))]
        (made,) = run.rows("SELECT count(*) FROM ticketing_reservation")[0]
        assert made == len(buyers.held)
        reconciled = run.manage("reconcile")
        assert reconciled.returncode == 0, reconciled.stdout


def killer(run: WholeRun, victim: str) -> Callable[[], None]:
    return lambda: run.part(victim).kill()
