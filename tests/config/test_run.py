"""`make run` itself: stopped in every way, killed and started again.

What it is while it runs, and that its end leaves nothing, `make test` sees in
tests/flows/test_outages.py: starting it twice would cost a tenth of the suite.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

import psutil
import pytest

from config.serve.options import CHECKOUT
from tests.config.waiting import all_gone, kill_all, wait_until

STARTED = "Ctrl-C stops everything."


class Run:
    """One `python -m config.serve run` with a data folder and a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.output = folder.with_name(f"{folder.name}.output")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, "GANGWAY_DATA": str(self.folder), "PORT": str(self.port)}

    def start(self) -> "Run":
        with self.output.open("wb") as output:
            self.process = self.spawn("run", output=output)
        assert wait_until(lambda: self.said(STARTED) or not self.alive, seconds=240)
        assert self.said(STARTED), self.output.read_text()
        return self

    def spawn(
        self, *arguments: str, output: IO[bytes] | int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "config.serve", *arguments],
            cwd=CHECKOUT,
            env=self.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def said(self, words: str) -> bool:
        return words in self.output.read_text()

    def everybody(self) -> list[psutil.Process]:
        assert self.process is not None
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def named(self, word: str) -> psutil.Process:
        """The child of the supervisor whose command line holds this word."""
        children = psutil.Process(self.everybody()[0].pid).children()
        return next(each for each in children if word in " ".join(each.cmdline()))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=40)

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as page:
                return bool(json.load(page)["status"] == "ok")
        except OSError:
            return False

    def beats(self, part: str, within: float) -> bool:
        """Whether beat or worker did something in the last seconds."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as page:
            age = json.load(page)["parts"][part]["last_seen_seconds_ago"]
        return age is not None and float(age) < within

    def is_back(self, word: str) -> bool:
        """Whether a child of this name lives, and the web server serves."""
        try:
            return self.named(word).status() != psutil.STATUS_ZOMBIE and self.ready()
        except (StopIteration, psutil.NoSuchProcess):
            return False


@pytest.fixture
def folder() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="gangway test ", dir="/tmp"))
    parent.chmod(0o755)
    yield parent / "the data"
    shutil.rmtree(parent)


@pytest.fixture
def running(folder: Path) -> Iterator[Run]:
    run = Run(folder).start()
    yield run
    if run.alive:
        run.stop()


@pytest.mark.proof
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGHUP])
def test_it_stops_as_cleanly_on_ctrl_c_and_when_the_terminal_closes(
    running: Run, how: signal.Signals
) -> None:
    everybody = running.everybody()
    assert running.stop(how) == 0
    assert all_gone(everybody)


@pytest.mark.proof
def test_beat_and_worker_show_that_they_live(running: Run) -> None:
    assert wait_until(lambda: running.beats("beat", within=9), seconds=30)
    assert wait_until(lambda: running.beats("worker", within=9), seconds=30)


@pytest.mark.proof
def test_whatever_dies_is_started_again_and_lives(running: Run) -> None:
    for word in ("granian", "worker", "beat", "sender@", "valkey-server", "bin/postgres"):
        victim = running.named(word)
        victim.kill()
        assert all_gone([victim])
        assert wait_until(partial(running.is_back, word), seconds=30)
    # Each of them goes on working on the servers that are new.
    time.sleep(10)
    assert wait_until(lambda: running.beats("beat", within=9), seconds=30)
    assert wait_until(lambda: running.beats("worker", within=9), seconds=30)


@pytest.mark.proof
def test_after_kill_nine_of_everything_it_starts_again_with_its_data(running: Run) -> None:
    secrets = (running.folder / "secrets.json").read_text()
    everybody = running.everybody()
    assert kill_all(everybody)
    assert running.process is not None
    running.process.wait()

    running.start()

    assert running.ready()
    assert (running.folder / "secrets.json").read_text() == secrets
    assert not running.said("Loading the demo data")
    assert running.spawn("manage", "reconcile").wait(timeout=60) == 0


@pytest.mark.proof
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the children")
def test_when_the_supervisor_is_killed_the_others_end_by_themselves(running: Run) -> None:
    everybody = running.everybody()
    assert running.process is not None
    running.process.kill()
    running.process.wait()
    assert all_gone(everybody)
    assert running.start().ready()


@pytest.mark.proof
def test_two_copies_run_side_by_side(running: Run, folder: Path) -> None:
    second = Run(folder.with_name("second")).start()
    try:
        assert running.ready()
        assert second.ready()
    finally:
        assert second.stop() == 0
    assert running.ready()


@pytest.mark.proof
@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as another account")
def test_it_runs_below_a_folder_that_is_closed_to_the_database(folder: Path) -> None:
    closed = folder.with_name("closed")
    closed.mkdir(mode=0o700)
    before = [each.stat().st_mode for each in (closed, *closed.parents)]
    run = Run(closed / "var").start()
    try:
        assert run.ready()
        assert (closed / "var" / "elsewhere").is_symlink()
    finally:
        assert run.stop() == 0
    assert [each.stat().st_mode for each in (closed, *closed.parents)] == before
    home = (closed / "var" / "elsewhere").readlink()
    assert run.spawn("reset").wait(timeout=60) == 0
    assert not home.exists()
