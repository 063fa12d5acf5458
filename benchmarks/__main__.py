"""Measure the product beside a naive build of the same calls, on servers of its own.

Starts what `make run` starts, with the same settings, and the control beside it; loads both in
turns; writes a record into benchmarks/results/. Fails when a bound does not hold, or when the
load was not what it claims to be.
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic

from benchmarks import (
    batches,
    channels,
    dashboard,
    figures,
    listing,
    load,
    proof,
    record,
    report,
    settlement,
    verify_page,
)
from benchmarks.record import Record
from benchmarks.stage import Stage, stage
from config.embedded import CannotStart

PARTNERS = 240  # 1000 requests a minute each: more than any machine of this size answers


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each call (default: 3)")
    parser.add_argument("--seconds", type=int, default=5, help="of each load (default: 5)")
    parser.add_argument(
        "--tickets", type=int, default=1_000_000, help="in the list (default: 1000000)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one round of two seconds, 100000 tickets, no record"
    )
    parser.add_argument("--port", type=int, default=18200, help="and the next one")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds, chosen.tickets = 1, 2, 100_000
    return chosen


def measure(on: Stage, rounds: int, seconds: int, tickets: int) -> Record:
    """All figures, printed as they come."""
    found = Record(command=record.command())
    proof.same_answers(on)
    print("Warming up", flush=True)
    list(figures.round_of(on, 1, control_first=True))
    for number in range(rounds):
        for shot in figures.round_of(on, seconds, control_first=bool(number % 2)):
            print(told(number, shot), flush=True)
            found.shots.append(shot)
    found.proof |= proof.everything_was_on(on, found.shots)
    print("The counter primitive and a bare UPDATE", flush=True)
    found.counter = figures.counter(on, min(seconds, 2), 2 * rounds + 1)
    print("QR images", flush=True)
    found.qr_images = figures.qr_images(on, 200 * seconds)
    found.verify_page = verify_page.measured(on)
    print(f"A list of {tickets} tickets", flush=True)
    found.listing = listing.measured(on, tickets)
    print("Batches, and reservations beside them", flush=True)
    found.batches = batches.measured(on)
    found.beside = [batches.beside(on, seconds) for _ in range(rounds)]
    print("Direct orders beside a hot product of partners", flush=True)
    found.channels = channels.measured(on, rounds, seconds)
    found.proof["reconcile"] = proof.no_drift(on)
    # Last, for these sales are written past the doors, those of the summary even past the counters.
    print(f"The dashboard over {tickets} tickets", flush=True)
    found.dashboard = dashboard.measured(on, seconds)
    print(f"The billing summary over {tickets} tickets", flush=True)
    found.settlement = settlement.measured(on, tickets)
    found.verdicts = [
        *judged(found),
        *dashboard.verdicts(found.dashboard),
        *settlement.verdicts(found.settlement, tickets),
    ]
    return found


def judged(found: Record) -> Iterator[figures.Verdict]:
    """Every bound of the run."""
    yield from figures.verdicts(found.shots, found.counter)
    yield from batches.verdicts(found.batches, found.beside)
    yield from listing.verdicts(found.listing)
    yield from verify_page.verdicts(found.verify_page)
    yield from channels.verdicts(found.channels)


def told(number: int, shot: figures.Shot) -> str:
    done = shot.load
    spent = ", ".join(f"{part} {each:.0f}" for part, each in shot.processor.items() if each >= 5)
    return (
        f"{number + 1}  {shot.figure:32} {done.connections:>3} {shot.side:8}"
        f"{done.per_second:7.0f}/s  p50 {done.p50:7.2f} ms  p99 {done.p99:7.2f} ms  µs: {spent}"
    )


def main() -> int:
    chosen, began, load_before = arguments(), monotonic(), os.getloadavg()[0]
    load.wrk()
    os.environ |= dashboard.ENVIRONMENT
    with stage(chosen.port, PARTNERS) as on:
        found = measure(on, chosen.rounds, chosen.seconds, chosen.tickets)
        found.machine = record.machine(on, load_before)
    print(report.as_text(found))
    if not chosen.quick:
        print(f"Written: {report.write(found)}")
    print(f"Took {timedelta(seconds=round(monotonic() - began))}")
    return 0 if all(verdict.holds for verdict in found.verdicts) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        sys.exit(main())
    except (CannotStart, load.Invalid) as reason:
        print(f"No figures: {reason}", file=sys.stderr)
        sys.exit(1)
