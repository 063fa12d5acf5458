"""One load run with wrk: closed loop, one key after another, nothing but successes."""

import json
import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from config.embedded import CannotStart

SCRIPT = Path(__file__).with_name("load.lua")


class Invalid(Exception):
    """The run measured something else than it was to measure."""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk counted; latencies in milliseconds."""

    connections: int
    requests: int
    seconds: float
    p50: float
    p99: float
    longest: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def tail(self) -> float:
        """p99 in units of 2 x connections / throughput: at most 1 where nobody is starved."""
        return self.p99 / 1000 / (2 * self.connections / self.per_second)


def wrk() -> str:
    """The program, installed from Debian's packages where we may."""
    if not shutil.which("wrk") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing wrk")
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "wrk"]):
            subprocess.run(command, capture_output=True, check=False)
    found = shutil.which("wrk")
    if not found:
        raise CannotStart("wrk, the load generator, is missing. On Debian: apt-get install wrk")
    return found


def run(url: str, call: str, *, files: Path, connections: int, seconds: int) -> Load:
    """Load one address with a call of the script; Invalid when any was refused or broke off."""
    command = [
        wrk(), "--threads", "1", "--connections", str(connections),
        "--duration", f"{seconds}s", "--timeout", "10s", "--script", str(SCRIPT), url,
        "--", str(files), uuid.uuid4().hex[:12], call,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    counted = json.loads(done.stdout.strip().splitlines()[-1])
    if counted["refused"] or counted["broken"] or not counted["requests"]:
        raise Invalid(f"{call} {url} with {connections} connections: {counted}")
    return Load(
        connections=connections,
        requests=counted["requests"],
        seconds=counted["microseconds"] / 1e6,
        p50=counted["p50"] / 1000,
        p99=counted["p99"] / 1000,
        longest=counted["longest"] / 1000,
    )
