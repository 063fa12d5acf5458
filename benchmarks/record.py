"""What a run measured, and on what machine."""

import os
import platform
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.batches import Batches, Beside
from benchmarks.channels import Round
from benchmarks.dashboard import Dashboard
from benchmarks.figures import Counted, Shot, Verdict
from benchmarks.listing import Page
from benchmarks.settlement import Settlement
from benchmarks.stage import Stage
from benchmarks.verify_page import Visit
from config.serve.options import CHECKOUT

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


def command() -> str:
    return " ".join(["python -m benchmarks", *sys.argv[1:]])
