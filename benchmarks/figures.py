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
HELD = {
    "product": "SELECT count(*) FROM ticketing_reservation",
    "control": "SELECT count(*) FROM naive_hold",
}
COUNTER_CONNECTIONS = 16
COUNTER_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Pair:
    """A call that both answer; the product has to be `at_least` times as fast."""

    name: str
    method: str
    path: str
    connections: int
    at_least: float


PAIRS = (
    Pair("POST reserve, one hot product", "POST", "/api/ota/reserve", 8, 2.0),
    Pair("POST reserve, one hot product", "POST", "/api/ota/reserve", 32, 2.0),
    Pair("GET inventory", "GET", "/api/ota/inventory", 8, 1.5),
)


@dataclass(frozen=True, slots=True)
class Shot:
    """One load run; `processor` is microseconds of each part for one request."""

    figure: str
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
        yield _shot(stage, "control", name, "GET", path, 8, min(seconds, 2))
    sides = ["control", "product"] if control_first else ["product", "control"]
    for pair in PAIRS:
        for side in sides:
            yield _shot(stage, side, pair.name, pair.method, pair.path, pair.connections, seconds)


def _shot(
    stage: Stage, side: str, name: str, method: str, path: str, connections: int, seconds: int
) -> Shot:
    address = {"product": stage.product, "control": stage.control}[side] + path
    held = _settled(stage, HELD[side])
    before = processor.spent(stage.roots)
    done = load.run(address, method, keys=stage.keys, connections=connections, seconds=seconds)
    after = processor.spent(stage.roots)
    if method == "POST":
        _expect(_settled(stage, HELD[side]) - held, done)
    spent = {part: (after[part] - before[part]) / done.requests for part in after}
    return Shot(name, side, done, {part: each for part, each in spent.items() if each >= 1})


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


def counter(stage: Stage, seconds: float, rounds: int) -> list[dict[str, float]]:
    """Transactions per second of a bare UPDATE and of the counter primitive, by round."""
    asked = (COUNTER_CONNECTIONS, seconds, rounds)
    return _json_of(stage, "-m", "django", "measure_counter", *map(str, asked))


def qr_images(stage: Stage, symbols: int) -> dict[str, dict[str, float]]:
    """What a QR image costs, by encoder."""
    return _json_of(stage, "benchmarks/qr_images.py", str(symbols))["qr_images"]


def _json_of(stage: Stage, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=CHECKOUT, env=stage.naive, text=True,
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def verdicts(shots: list[Shot], counted: list[dict[str, float]]) -> Iterator[Verdict]:
    """Medians over the rounds against their bounds."""
    for pair in PAIRS:
        of = {side: _loads(shots, pair, side) for side in ("product", "control")}
        couples = zip(of["product"], of["control"], strict=True)
        ratio = median(ours.per_second / theirs.per_second for ours, theirs in couples)
        name = f"{pair.name}, {pair.connections} connections"
        yield Verdict(
            f"{name}: product / control", ratio, f">= {pair.at_least}", ratio >= pair.at_least
        )
        if pair.method == "POST":
            tail = median(each.tail for each in of["product"])
            yield Verdict(f"{name}: p99 in 2 x connections / throughput", tail, "<= 1", tail <= 1)
    share = median(each["hold"] / each["bare"] for each in counted)
    yield Verdict(
        f"counter primitive / bare UPDATE, {COUNTER_CONNECTIONS} connections",
        share, f">= {COUNTER_SHARE}", share >= COUNTER_SHARE,
    )  # fmt: skip


def _loads(shots: list[Shot], pair: Pair, side: str) -> list[Load]:
    return [
        shot.load
        for shot in shots
        if (shot.figure, shot.side) == (pair.name, side)
        and shot.load.connections == pair.connections
    ]
