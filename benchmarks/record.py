"""The record of a run: a JSON file with every round, and a table to read."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import dashboard
from benchmarks.batches import Batches, Beside
from benchmarks.channels import Round
from benchmarks.dashboard import Dashboard
from benchmarks.figures import Counted, Shot, Verdict
from benchmarks.listing import Page
from benchmarks.load import Load
from benchmarks.settlement import Settlement
from benchmarks.stage import Stage
from benchmarks.verify_page import Visit
from config.serve.options import CHECKOUT

FOLDER = Path(__file__).with_name("results")
PACKAGES = ("django", "djangorestframework", "psycopg", "granian", "redis", "django-ratelimit")


@dataclass
class Record:
    """Everything that was measured, and on what."""

    command: str
    shots: list[Shot] = field(default_factory=list)
    counter: Counted = field(default_factory=dict)
    qr_images: dict[str, dict[str, float]] = field(default_factory=dict)
    listing: list[Page] = field(default_factory=list)
    verify_page: list[Visit] = field(default_factory=list)
    batches: Batches = field(default_factory=Batches)
    settlement: Settlement = field(default_factory=Settlement)
    dashboard: Dashboard = field(default_factory=Dashboard)
    beside: list[Beside] = field(default_factory=list)
    channels: list[Round] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    proof: dict[str, Any] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)

    def write(self) -> Path:
        """Both files, named after the day and the machine; a later run of the day replaces them."""
        FOLDER.mkdir(exist_ok=True)
        day = datetime.now().astimezone().date().isoformat()
        path = FOLDER / f"{day}-{self.machine['kind']}.json"
        path.write_text(json.dumps(_plain(asdict(self)), indent=1, ensure_ascii=False) + "\n")
        path.with_suffix(".md").write_text(self.as_text())
        (FOLDER / "billing-summary.plan.txt").write_text(self.settlement.plan)
        return path.with_suffix(".md")

    def as_text(self) -> str:
        machine = ", ".join(f"{name} {value}" for name, value in self.machine.items())
        return "\n".join(
            [
                f"# Figures of {self.machine['at']}",
                "",
                f"`{self.command}` on: {machine}.",
                "",
                *_table(["bound", "measured", "asked", "holds"], map(_judged, self.verdicts)),
                "",
                "Medians of the rounds; processor time in microseconds for one request.",
                "",
                *_table(
                    ["call", "connections", "side", "requests/s", "p50 ms", "p99 ms", "processor"],
                    _medians(self.shots),
                ),
                "",
                *_table(
                    ["transactions per second on one row, connections", "bare UPDATE", "primitive"],
                    (
                        [number, *(f"{_middle(of, name):.0f}" for name in ("bare", "hold"))]
                        for number, of in self.counter.items()
                    ),
                ),
                "",
                *_table(
                    ["QR image by", "µs each", "s for 5000", "bytes"],
                    ([name.strip(), *figures.values()] for name, figures in self.qr_images.items()),
                ),
                "",
                *_of_batches(self.batches, self.beside),
                "",
                *_table(
                    ["list of tickets", "ms", "worst", "total_count"],
                    ([p.name, f"{p.middle:.1f}", f"{p.worst:.1f}", p.total] for p in self.listing),
                ),
                "",
                *_table(
                    ["verify page of", "requests", "bytes"],
                    ([visit.name, visit.requests, visit.bytes] for visit in self.verify_page),
                ),
                "",
                *_of_channels(self.channels),
                "",
                *_table(
                    ["billing summary", "ms", "worst", "rows"],
                    (
                        [each.name, f"{each.middle:.0f}", f"{each.worst:.0f}", each.rows]
                        for each in self.settlement.asked
                    ),
                ),
                "",
                *_table(["dashboard", "ms", "worst"], dashboard.told(self.dashboard)),
                "",
                dashboard.pace(self.dashboard),
                "",
                "Checked: " + "; ".join(f"{name}: {value}" for name, value in self.proof.items()),
                "",
            ]
        )


def machine(stage: Stage, load_before: float) -> dict[str, Any]:
    """What the figures depend on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    server = stage.text("SHOW server_version")
    return {
        "at": datetime.now().astimezone().isoformat(timespec="minutes"),
        "kind": f"{platform.system().lower()}-{platform.machine()}-{cores}-cores",
        "processor": _processor(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "load before": load_before,
        "commit": _commit(),
        "Python": platform.python_version(),
        "PostgreSQL": server,
        **{name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    names = Path("/proc/cpuinfo")
    lines = names.read_text().splitlines() if names.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=CHECKOUT, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    return done.stdout.strip() or "unknown"


def _judged(verdict: Verdict) -> list[Any]:
    return [verdict.what, f"{verdict.value:.2f}", verdict.bound, "yes" if verdict.holds else "NO"]


def _medians(shots: list[Shot]) -> Iterable[list[Any]]:
    for key in dict.fromkeys((s.figure, s.load.connections, s.side) for s in shots):
        of = [s for s in shots if (s.figure, s.load.connections, s.side) == key]
        parts = dict.fromkeys(part for shot in of for part in shot.processor)
        spent = {part: median(shot.processor.get(part, 0) for shot in of) for part in parts}
        yield [
            *key,
            f"{median(s.load.per_second for s in of):.0f}",
            f"{median(s.load.p50 for s in of):.2f}",
            f"{median(s.load.p99 for s in of):.2f}",
            ", ".join(f"{part} {each:.0f}" for part, each in spent.items() if each >= 5),
        ]


def _of_batches(made: Batches, rounds: list[Beside]) -> Iterable[str]:
    seconds = ", ".join(f"{each:.2f}" for each in made.seconds)
    yield (
        f"5000 tickets with their images in one answer of {made.mebibytes:.1f} MiB: {seconds} s at"
        f" the client; a worker and what it starts grew by {made.grew:.0f} MiB at most, and stayed"
        f" {made.stayed:.0f} MiB larger."
    )
    yield ""
    yield from _table(
        ["POST reserve", "requests/s", "p50 ms", "p99 ms", "batches of the product meanwhile, s"],
        (
            [name, f"{of.per_second:.0f}", f"{of.p50:.2f}", f"{of.p99:.2f}", batches]
            for each in rounds
            for name, of, batches in (
                ("alone", each.alone, ""),
                ("beside", each.beside, ", ".join(f"{s:.2f}" for s in each.batches)),
            )
        ),
    )


def _of_channels(rounds: list[Round]) -> Iterable[str]:
    """Orders of customers, and what partners sold meanwhile."""
    kinds: dict[str, tuple[str, str]] = {
        "alone": ("alone", ""),
        "beside a hot product of partners": ("hot", "hot_partners"),
        "beside many products of partners": ("cool", "cool_partners"),
    }
    yield from _table(
        ["direct orders", "requests/s", "p50 ms", "p99 ms", "partners' requests/s"],
        (
            [name, *_pace([getattr(each, ours) for each in rounds]),
             f"{median(getattr(each, theirs).per_second for each in rounds):.0f}" if theirs else ""]
            for name, (ours, theirs) in kinds.items()
        ),
    )  # fmt: skip


def _pace(loads: list[Load]) -> list[str]:
    return [
        f"{median(each.per_second for each in loads):.0f}",
        f"{median(each.p50 for each in loads):.2f}",
        f"{median(each.p99 for each in loads):.2f}",
    ]


def _middle(rounds: list[dict[str, float]], name: str) -> float:
    return median(each[name] for each in rounds)


def _table(head: list[str], rows: Iterable[list[Any]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(map(str, line))} |" for line in lines]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def command() -> str:
    return " ".join(["python -m benchmarks", *sys.argv[1:]])
