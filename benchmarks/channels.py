"""Does a hot product of the partners slow down a direct order of another product?

    python -m benchmarks.channels [--rounds 3] [--seconds 6]    this alone, without a record

Customers order product 107 directly, beside partners who reserve as fast as they are answered:
once all of one product, whose counter row everybody waits for, and once, as the control, spread
over many, where nobody waits. The load on the processor is alike, so what differs is the hot row.
Ratios near 1 say that it is nobody else's business. What it costs to share two cores at all is
shown beside it, and what partners themselves pay for the hot row.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.figures import Verdict
from benchmarks.load import Invalid, Load, wrk
from benchmarks.stage import Stage, stage
from config.embedded import CannotStart

HOT, DIRECT = 106, 107
COOL = range(2000, 2032)
CUSTOMERS, PARTNERS = 64, 240
OTA_CONNECTIONS, DIRECT_CONNECTIONS = 16, 2
MOST_SLOWED = 1.25
SCRIPT = Path(__file__).with_name("channels.lua")
# All customers of the load call from one address.
UNLIMITED = dict.fromkeys(
    ("ADDRESS_REQUESTS_PER_MINUTE", "CUSTOMER_REQUESTS_PER_MINUTE"), str(10**9)
)


@dataclass(frozen=True, slots=True)
class Callers:
    """Who calls what, as files and addresses that wrk takes."""

    url: str
    headers: Path
    connections: int


@dataclass(frozen=True, slots=True)
class Round:
    """Direct orders alone, beside the hot product, and beside many products."""

    alone: Load
    hot: Load
    cool: Load
    hot_partners: Load
    cool_partners: Load


def loaded(callers: Callers, products: list[int], seconds: int) -> Load:
    """One load of orders; Invalid when any was refused."""
    command = [
        wrk(), "--threads", "1", "--connections", str(callers.connections), "--timeout", "10s",
        "--duration", f"{seconds}s", "--script", str(SCRIPT), callers.url, "--",
        str(callers.headers), uuid.uuid4().hex[:12], ",".join(map(str, products)),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    counted = json.loads(done.stdout.strip().splitlines()[-1])
    if counted["refused"] or counted["broken"] or not counted["requests"]:
        raise Invalid(f"{callers.url}: {counted}")
    milliseconds = {name: counted[name] / 1000 for name in ("p50", "p99", "longest")}
    return Load(
        callers.connections, counted["requests"], counted["microseconds"] / 1e6, **milliseconds
    )


def beside(
    partners: Callers, products: list[int], customers: Callers, seconds: int
) -> tuple[Load, Load]:
    """Direct orders while partners reserve these products; the partners begin first."""
    with ThreadPoolExecutor(2) as both:
        theirs = both.submit(loaded, partners, products, seconds + 2)
        ours = both.submit(_later, customers, seconds)
        return ours.result(), theirs.result()


def _later(customers: Callers, seconds: int) -> Load:
    time.sleep(1)
    return loaded(customers, [DIRECT], seconds)


def measured(on: Stage, rounds: int, seconds: int) -> list[Round]:
    """Rounds of all three, the two that are compared in turns."""
    keys, tokens = on.files / "key-headers", on.files / "token-headers"
    keys.write_text("".join(f"x-api-key: {key}\n" for key in on.api_keys))
    tokens.write_text(on.run("-m", "benchmarks.channels_world"))
    partners = Callers(f"{on.product}/api/ota/reserve", keys, OTA_CONNECTIONS)
    customers = Callers(f"{on.product}/api/orders", tokens, DIRECT_CONNECTIONS)
    loaded(partners, [HOT, *COOL], 2)  # warming up
    return [
        _round(partners, customers, seconds, hot_first=bool(number % 2)) for number in range(rounds)
    ]


def _round(partners: Callers, customers: Callers, seconds: int, *, hot_first: bool) -> Round:
    kinds = {"hot": [HOT], "cool": list(COOL)}
    alone = loaded(customers, [DIRECT], seconds)
    turns = list(kinds) if hot_first else list(kinds)[::-1]
    each = {name: beside(partners, kinds[name], customers, seconds) for name in turns}
    found = Round(alone, each["hot"][0], each["cool"][0], each["hot"][1], each["cool"][1])
    print(told(found), flush=True)
    return found


def told(each: Round) -> str:
    parts = {"alone": each.alone, "beside hot": each.hot, "beside many": each.cool}
    direct = ", ".join(
        f"{name} {load.per_second:.0f}/s p50 {load.p50:.1f} p99 {load.p99:.1f} ms"
        for name, load in parts.items()
    )
    theirs = f"hot {each.hot_partners.per_second:.0f}/s, many {each.cool_partners.per_second:.0f}/s"
    return f"direct orders: {direct}; partners: {theirs}"


def verdicts(found: list[Round]) -> Iterator[Verdict]:
    """A direct order is as quick beside a hot product as beside many."""
    ratio = median(each.hot.p50 / each.cool.p50 for each in found)
    yield Verdict(
        f"direct order beside a hot product of partners, {OTA_CONNECTIONS} connections:"
        " p50 / beside many products",
        ratio, f"<= {MOST_SLOWED}", ratio <= MOST_SLOWED,
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.channels", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--port", type=int, default=18380, help="and the next one")
    chosen = parser.parse_args()
    os.environ |= UNLIMITED
    with stage(chosen.port, PARTNERS) as on:
        found = list(verdicts(measured(on, chosen.rounds, chosen.seconds)))
        print(on.manage("reconcile").strip())
    for each in found:
        print(f"{each.what}: {each.value:.2f}, asked {each.bound}")
    return 0 if all(each.holds for each in found) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        sys.exit(main())
    except (CannotStart, Invalid) as reason:
        print(f"No figures: {reason}", file=sys.stderr)
        sys.exit(1)
