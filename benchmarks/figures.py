"""What is measured, one after the other and in turns, and what has to come of it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks import load, processor
from benchmarks.load import Invalid, Load
from benchmarks.stage import Stage
from config.serve.options import CHECKOUT

EMPTY = {
    "an empty Django view": "/empty/django",
    "an empty view of the framework": "/empty/framework",
}
RESERVATIONS = "SELECT count(*) FROM ticketing_reservation WHERE product_id = 106"
SCANS = "SELECT count(*) FROM ticketing_scan WHERE result = 'granted'"
# What a call of the product and of the control writes a row for.
WRITTEN = {
    "reserve": {"product": RESERVATIONS, "control": "SELECT count(*) FROM naive_hold"},
    "scan": {"product": SCANS, "control": "SELECT count(*) FROM naive_scan"},
}
QR_SHARE = 0.4
COUNTER_CONNECTIONS = (1, 16)
COUNTER_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Pair:
    """A call that both answer; the product has to be `at_least` times as fast."""

    name: str
    call: str  # of load.lua
    path: str
    connections: int
    at_least: float


INVENTORY = Pair("GET inventory", "read", "/api/ota/inventory", 8, 1.5)
PAIRS = (
    Pair("POST reserve, one hot product", "reserve", "/api/ota/reserve", 8, 2.0),
    Pair("POST reserve, one hot product", "reserve", "/api/ota/reserve", 32, 2.0),
    INVENTORY,
    Pair("POST venue/scan, 16 scanners", "scan", "/venue/scan", 16, 2.0),
)
# Only the product has it; it has to be so fast as a share of GET inventory.
QR = Pair("POST qr", "qr", "/qr/", INVENTORY.connections, QR_SHARE)


@dataclass(frozen=True, slots=True)
class Shot:
    """One load run; `processor` is microseconds of each part for one request."""

    figure: str
    call: str
    side: str
    load: Load
    processor: dict[str, float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bound of the run, and whether it holds."""

    what: str
    value: float
    bound: str
    holds: bool


def round_of(stage: Stage, seconds: int, *, control_first: bool) -> Iterator[Shot]:
    """Every call once, product and control next to each other."""
    for name, path in EMPTY.items():
        yield _shot(stage, "control", Pair(name, "read", path, 8, 0), min(seconds, 2))
    sides = ["control", "product"] if control_first else ["product", "control"]
    for pair in PAIRS:
        for side in sides:
            yield _shot(stage, side, pair, seconds)
        if pair is INVENTORY:
            yield _shot(stage, "product", QR, seconds)


def _shot(stage: Stage, side: str, pair: Pair, seconds: int) -> Shot:
    address = {"product": stage.product, "control": stage.control}[side] + pair.path
    rows = WRITTEN[pair.call][side] if pair.call in WRITTEN else None
    written = _settled(stage, rows) if rows else 0
    before = processor.spent(stage.roots)
    done = load.run(
        address, pair.call, files=stage.files, connections=pair.connections, seconds=seconds
    )
    after = processor.spent(stage.roots)
    if rows:
        _expect(_settled(stage, rows) - written, done)
    spent = {part: (after[part] - before[part]) / done.requests for part in after}
    spent = {part: each for part, each in spent.items() if each >= 1}
    return Shot(pair.name, pair.call, side, done, spent)


def _settled(stage: Stage, sql: str) -> int:
    """The count once it stands still: what was under way when a load ended is done."""
    before, now = -1, stage.count(sql)
    while now != before:
        time.sleep(0.2)
        before, now = now, stage.count(sql)
    return now


def _expect(made: int, done: Load) -> None:
    """Every answer stands for a row; those under way at the end may have one too."""
    if not done.requests <= made <= done.requests + done.connections:
        raise Invalid(f"{done.requests} answers, but {made} rows")


Counted = dict[int, list[dict[str, float]]]


def counter(stage: Stage, seconds: float, rounds: int) -> Counted:
    """Transactions per second of a bare UPDATE and of the counter primitive, by connections."""
    counted = {}
    for connections in COUNTER_CONNECTIONS:
        asked = map(str, (connections, seconds, rounds))
        counted[connections] = _json_of(stage, "-m", "django", "measure_counter", *asked)
    return counted


def qr_images(stage: Stage, symbols: int) -> dict[str, dict[str, float]]:
    """What a QR image costs, by encoder."""
    return _json_of(stage, "benchmarks/qr_images.py", str(symbols))["qr_images"]


def _json_of(stage: Stage, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=CHECKOUT, env=stage.naive, text=True,
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def verdicts(shots: list[Shot], counted: Counted) -> Iterator[Verdict]:
    """Medians over the rounds against their bounds."""
    for pair in PAIRS:
        of = {side: _loads(shots, pair, side) for side in ("product", "control")}
        couples = zip(of["product"], of["control"], strict=True)
        ratio = median(ours.per_second / theirs.per_second for ours, theirs in couples)
        name = f"{pair.name}, {pair.connections} connections"
        yield Verdict(
            f"{name}: product / control", ratio, f">= {pair.at_least}", ratio >= pair.at_least
        )
        if pair.call in WRITTEN:
            tail = median(each.tail for each in of["product"])
            yield Verdict(f"{name}: p99 in 2 x connections / throughput", tail, "<= 1", tail <= 1)
    yield _share_of_qr(shots)
    for connections, rounds in counted.items():
        share = median(each["hold"] / each["bare"] for each in rounds)
        yield Verdict(
            f"counter primitive / bare UPDATE, connections: {connections}",
            share, f">= {COUNTER_SHARE}", share >= COUNTER_SHARE,
        )  # fmt: skip


def _share_of_qr(shots: list[Shot]) -> Verdict:
    couples = zip(_loads(shots, QR, "product"), _loads(shots, INVENTORY, "product"), strict=True)
    share = median(qr.per_second / inventory.per_second for qr, inventory in couples)
    what = f"{QR.name} / {INVENTORY.name}, {QR.connections} connections"
    return Verdict(what, share, f">= {QR_SHARE}", share >= QR_SHARE)


def _loads(shots: list[Shot], pair: Pair, side: str) -> list[Load]:
    return [
        shot.load
        for shot in shots
        if (shot.figure, shot.side) == (pair.name, side)
        and shot.load.connections == pair.connections
    ]
