"""Partners' receivers beside a whole run: what is sold there, and what they were told of it."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psutil
import psycopg

from config.embedded import places
from config.embedded.postgres import DURABLE, Postgres
from tests import hooks
from tests.config.waiting import kill_all, wait_until
from tests.flows.whole_run import WholeRun
from tests.partner_program import CUSTOMER, Program, expect

BLOCKED = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND query ILIKE '%INSERT INTO \"ota_delivery\"%'"
)
LEASES_END = "UPDATE ota_delivery SET leased_until = now() WHERE leased_until > now() RETURNING id"


@dataclass
class Held:
    """A receiver's temper: says nothing until it is let go."""

    go_on: threading.Event = field(default_factory=threading.Event)

    def __call__(self, handler: Any) -> None:
        self.go_on.wait(30)
        hooks.answering(204)(handler)


@dataclass
class Told:
    """A partner that sells, and registers receivers for what becomes of it."""

    program: Program
    product_id: int
    numbers: Iterator[int] = field(default_factory=count)
    secrets: dict[str, str] = field(default_factory=dict)

    def listens(self, url: str) -> str:
        """Register a receiver; returns its id."""
        wish = {"url": url, "events": ["order.confirmed", "ticket.cancelled"]}
        made = expect(201, self.program.post("webhooks", wish))
        self.secrets[made["id"]] = made["secret"]
        return made["id"]

    def sells(self, number: int) -> None:
        """So many tickets, each in two notices: its order is confirmed, then it is cancelled."""
        for _ in range(number):
            name = f"TOLD-{self.product_id}-{next(self.numbers)}"
            wish = {"product_id": self.product_id, "quantity": 1, "batch_id": name}
            batch = expect(201, self.program.post("tickets/bulk-generate", wish))
            path = f"tickets/{batch['tickets'][0]['ticket_code']}"
            paid = {"customer_details": CUSTOMER, "payment_reference": name}
            expect(200, self.program.post(f"{path}/activate", paid))
            expect(200, self.program.post(f"{path}/cancel"))

    def status(self, webhook_id: str) -> tuple[str, str | None]:
        seen = expect(200, self.program.get(f"webhooks/{webhook_id}"))
        return seen["status"], seen["disabled_reason"]

    def states(self, webhook_id: str) -> set[tuple[str, int | None, str | None]]:
        """How the notices to one receiver stand, as the log of deliveries shows it."""
        log = expect(200, self.program.get(f"webhooks/{webhook_id}/deliveries", limit=100))
        return {(one["state"], one["response_status"], one["error"]) for one in log["deliveries"]}


@contextmanager
def receivers(*tempers: hooks.Temper) -> Iterator[list[hooks.Receiver]]:
    """A receiver of each temper; those that hold are let go at the end."""
    with ExitStack() as open_ones:
        made = [open_ones.enter_context(hooks.receiver(temper)) for temper in tempers]
        for temper in tempers:
            if isinstance(temper, Held):
                open_ones.callback(temper.go_on.set)
        yield made


@contextmanager
def telling_stopped_in_the_middle(run: WholeRun) -> Iterator[None]:
    """While the block lasts, whoever makes notices stands still between two statements."""
    with psycopg.connect(Postgres(places.kept(run.folder), DURABLE).url) as connection:
        connection.execute("LOCK TABLE ota_delivery IN SHARE MODE")
        yield
        connection.rollback()


def is_telling(run: WholeRun) -> bool:
    return run.rows(BLOCKED) == [(1,)]


def kill_all_of(process: psutil.Process) -> None:
    """SIGKILL to it and to all it has started."""
    assert kill_all([*process.children(recursive=True), process])


def ends_leases(run: WholeRun) -> None:
    """What a killed sender had in its hands is free after fifteen seconds; nobody waits here."""
    assert wait_until(lambda: run.rows(LEASES_END), 5)
