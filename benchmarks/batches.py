"""Batches of 5000 tickets with their images: how long, at what memory, and who waits for them."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

import psutil

from benchmarks import calls, load
from benchmarks.figures import Verdict
from benchmarks.load import Invalid, Load
from benchmarks.stage import Stage

SHOTS = 5
LARGEST = 5000  # tickets
HOT_PRODUCT, QUIET_PRODUCT = 106, 107  # the load reserves the first one
CONNECTIONS = 8
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Batches:
    """Seconds at the client; MiB by which a worker grew at most, and stayed larger at most."""

    seconds: list[float] = field(default_factory=list)
    mebibytes: float = 0  # of one answer
    grew: float = 0
    stayed: float = 0


@dataclass(frozen=True, slots=True)
class Beside:
    """Reservations of one product alone, and while batches of it are made one after the other."""

    alone: Load
    beside: Load
    batches: list[float]  # seconds each


def measured(stage: Stage) -> Batches:
    """Batches one after the other, of a product that nobody else sells."""
    before = _resident(stage)
    with _watched(stage) as most:
        shots = [_batch(stage, number, QUIET_PRODUCT) for number in range(SHOTS)]
    time.sleep(2)
    after = _resident(stage)
    if before.keys() != after.keys():
        raise Invalid("A worker died of a batch.")
    return Batches(
        seconds=[seconds for seconds, _ in shots],
        mebibytes=max(size for _, size in shots) / MIB,
        grew=max(most[pid] - before[pid] for pid in before),
        stayed=max(after[pid] - before[pid] for pid in before),
    )


def beside(stage: Stage, seconds: int) -> Beside:
    """Reservations of the hot product without and with batches of the same product."""
    alone = _reserved(stage, seconds)
    times: list[float] = []
    with _generating(stage, times):
        time.sleep(0.1)
        disturbed = _reserved(stage, seconds)
    return Beside(alone, disturbed, times)


def _reserved(stage: Stage, seconds: int) -> Load:
    address = f"{stage.product}/api/ota/reserve"
    return load.run(address, "reserve", files=stage.files, connections=CONNECTIONS, seconds=seconds)


def _batch(stage: Stage, number: int, product: int) -> tuple[float, int]:
    """Seconds until the answer is read to its end, and its bytes."""
    keys, name = stage.api_keys, uuid.uuid4().hex
    wish = {"product_id": product, "quantity": LARGEST, "batch_id": name}
    address = f"{stage.product}/api/ota/tickets/bulk-generate"
    began = time.perf_counter()
    answer = calls.post(address, keys[number % len(keys)], wish, once=name)
    seconds = time.perf_counter() - began
    if len({ticket["qr_code"] for ticket in json.loads(answer)["tickets"]}) != LARGEST:
        raise Invalid(f"A batch came without its {LARGEST} images.")
    return seconds, len(answer)


@contextmanager
def _generating(stage: Stage, times: list[float]) -> Iterator[None]:
    enough = threading.Event()

    def generate() -> None:
        while not enough.is_set():
            times.append(_batch(stage, len(times), HOT_PRODUCT)[0])

    thread = threading.Thread(target=generate)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


@contextmanager
def _watched(stage: Stage) -> Iterator[dict[int, float]]:
    """MiB of each worker at its largest, looked at a hundred times a second."""
    most, enough = _resident(stage), threading.Event()

    def watch() -> None:
        while not enough.wait(0.01):
            for pid, size in _resident(stage).items():
                most[pid] = max(most.get(pid, 0), size)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        enough.set()
        thread.join()


def _resident(stage: Stage) -> dict[int, float]:
    """MiB of each worker with the processes that it started."""
    return {worker.pid: sum(map(_mebibytes, _family(worker))) for worker in stage.workers()}


def _family(worker: psutil.Process) -> list[psutil.Process]:
    return [worker, *worker.children(recursive=True)]


def _mebibytes(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss / MIB)
    except psutil.NoSuchProcess:
        return 0.0


def verdicts(made: Batches, rounds: list[Beside]) -> Iterator[Verdict]:
    """A batch is quick, takes little and gives it back, and others hardly wait for it."""
    middle, what = median(made.seconds), f"{LARGEST} tickets with images"
    yield Verdict(f"{what}: seconds", middle, "<= 2", middle <= 2)
    yield Verdict(f"{what}: MiB a worker grows", made.grew, "< 150", made.grew < 150)
    yield Verdict(f"{what}: MiB it stays larger", made.stayed, "<= 30", made.stayed <= 30)
    ratio = median(each.beside.p99 / each.alone.p99 for each in rounds)
    name = f"POST reserve, {CONNECTIONS} connections: p99 beside batches of the product / alone"
    yield Verdict(name, ratio, "<= 2", ratio <= 2)
