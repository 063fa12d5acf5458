"""The overview of the back office over a million tickets, and beside partners who reserve.

    python -m benchmarks.dashboard [--tickets 1000000] [--seconds 6]    this alone, without a record

First its figures by themselves, then the overview as a browser fetches it while partners reserve as
fast as they are answered. Partners are loaded alone as well, to show what looking costs them.
"""

import argparse
import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median

from benchmarks import load
from benchmarks.channels import UNLIMITED
from benchmarks.figures import Verdict
from benchmarks.load import Invalid, Load
from benchmarks.stage import Stage, stage
from config.embedded import CannotStart

RESERVATIONS = 100_000
TURNS = 11
CONNECTIONS = 16
EVERY = 0.5  # seconds: as thirty people who have the overview open
FIGURES_BOUND, PAGE_BOUND = 300, 1000  # ms
ALL = "all figures"
# Who looks is logged in by a cookie that is made for it.
ENVIRONMENT = {**UNLIMITED, "STAFF_TWO_FACTOR": "0"}
TABLES = (
    "ticketing_ticket", "ticketing_reservation", "ticketing_order", "inventory_allocationmove",
    "ota_apicall",
)  # fmt: skip


@dataclass
class Dashboard:
    """Milliseconds of each part of the figures, and of the overview beside a load."""

    rows: dict[str, int] = field(default_factory=dict)
    took: dict[str, list[float]] = field(default_factory=dict)
    shown: list[float] = field(default_factory=list)
    alone: Load | None = None
    beside: Load | None = None


def measured(on: Stage, seconds: int) -> Dashboard:
    """The week is made first; tables are as autovacuum leaves them."""
    on.allow_writing_past_laws()
    rows = json.loads(on.bench("make_busy_week", str(RESERVATIONS)))
    on.sql(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
    took = json.loads(on.bench("time_dashboard", str(TURNS)))
    cookie = on.bench("make_watcher").strip()
    alone = _reserving(on, seconds)
    with ThreadPoolExecutor(1) as partners:
        loaded = partners.submit(_reserving, on, seconds + 1)
        time.sleep(0.5)
        shown = list(_looking(on, cookie, loaded))
    return Dashboard(rows, took, shown, alone, loaded.result())


def _reserving(on: Stage, seconds: int) -> Load:
    return load.run(
        f"{on.product}/api/ota/reserve", "reserve",
        files=on.files, connections=CONNECTIONS, seconds=seconds,
    )  # fmt: skip


def _looking(on: Stage, cookie: str, meanwhile: "Future[Load]") -> Iterator[float]:
    """Milliseconds of each look, while the load lasts."""
    asked = urllib.request.Request(f"{on.product}/admin/overview", headers={"Cookie": cookie})
    while not meanwhile.done():
        began = time.perf_counter()
        with urllib.request.urlopen(asked, timeout=30) as answer:
            page = answer.read().decode()
        took = (time.perf_counter() - began) * 1000
        if 'id="ov-stock"' not in page:
            raise Invalid("The overview was not shown.")
        if not meanwhile.done():
            yield took
        time.sleep(EVERY)


def verdicts(found: Dashboard) -> Iterator[Verdict]:
    """The figures by themselves, and the slowest answer beside the load."""
    middle = median(found.took[ALL])
    holds = middle <= FIGURES_BOUND
    yield Verdict(
        f"figures of the dashboard, {found.rows['ticketing_ticket']} tickets: ms",
        middle, f"<= {FIGURES_BOUND}", holds,
    )  # fmt: skip
    slowest = max(found.shown)
    yield Verdict(
        f"the overview beside {CONNECTIONS} connections of partners, slowest: ms",
        slowest, f"<= {PAGE_BOUND}", slowest <= PAGE_BOUND,
    )  # fmt: skip


def told(found: Dashboard) -> Iterator[list[str]]:
    """Lines of a table: what, milliseconds in the middle and at worst."""
    for name, times in {**found.took, "the overview beside partners": found.shown}.items():
        yield [name, f"{median(times):.0f}", f"{max(times):.0f}"]


def pace(found: Dashboard) -> str:
    """What partners reserved, alone and while somebody looked."""
    if not (found.alone and found.beside):
        return ""
    return (
        f"POST reserve: {found.alone.per_second:.0f}/s, p50 {found.alone.p50:.1f} ms alone;"
        f" {found.beside.per_second:.0f}/s, p50 {found.beside.p50:.1f} ms beside"
        f" {len(found.shown)} looks at the overview."
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--port", type=int, default=18480, help="and the next one")
    chosen = parser.parse_args()
    os.environ |= ENVIRONMENT
    with stage(chosen.port, 240) as on:
        on.bench("make_tickets", "BENCH-MANY", str(chosen.tickets))
        found = measured(on, chosen.seconds)
    print("\n".join(": ".join(line) for line in told(found)), pace(found), sep="\n")
    for each in verdicts(found):
        print(f"{each.what}: {each.value:.0f}, asked {each.bound}")
    return 0 if all(each.holds for each in verdicts(found)) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        sys.exit(main())
    except (CannotStart, Invalid) as reason:
        print(f"No figures: {reason}", file=sys.stderr)
        sys.exit(1)
