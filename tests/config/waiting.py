"""Waiting for what happens by itself, and no longer than it may take."""

import contextlib
import time
from collections.abc import Callable, Iterable

import psutil


def wait_until(condition: Callable[[], object], seconds: float = 15) -> bool:
    """Whether it became true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_gone(pid: int) -> bool:
    """It has ended, whether or not somebody has taken note of it."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def kill_all(processes: Iterable[psutil.Process]) -> bool:
    """SIGKILL to each of them that was not faster: whether all are gone in time."""
    everybody = list(processes)
    for each in everybody:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    return all_gone(everybody)


def all_gone(processes: Iterable[psutil.Process]) -> bool:
    """Whether each of them ends in time."""
    return wait_until(lambda: all(is_gone(each.pid) for each in processes), seconds=20)
