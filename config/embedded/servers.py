"""What PostgreSQL and Valkey have in common: one user of the data at a time, a first answer."""

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.embedded import CannotStart
from config.embedded.children import Child, claim


@dataclass
class Server(Child):
    """A server whose data one process at a time may use.

    It inherits a lock, and so do its own children: when the lock is free, nobody of an earlier
    run is alive and what that run left (pid files, sockets) is stale beyond doubt. A pid alone
    would not tell: the kernel gives it to somebody else.
    """

    lock: Path = field(kw_only=True)
    pid_file: Path = field(kw_only=True)
    leftovers: tuple[Path, ...] = field(kw_only=True)

    def start(self, inherit: Sequence[int] = ()) -> None:
        lock = self._claim()
        try:
            for leftover in (self.pid_file, *self.leftovers):
                leftover.unlink(missing_ok=True)
            super().start((*inherit, lock))
        finally:
            os.close(lock)

    def _claim(self) -> int:
        lock = claim(self.lock, patience=3)
        if lock is None:
            self._stop_predecessor()
            lock = claim(self.lock, patience=15)
        if lock is None:
            raise CannotStart(f"A {self.name} of an earlier start still runs and does not stop.")
        return lock

    def _stop_predecessor(self) -> None:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(self.pid_file.read_text().split()[0]), self.stop_signal)

    def wait_until_it_answers(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not self.answers():
            if not self.alive:
                raise CannotStart(f"{self.name} did not start:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise CannotStart(f"{self.name} gives no answer:\n{self.last_words()}")
            time.sleep(0.02)

    def answers(self) -> bool:
        raise NotImplementedError
