"""A number for each process that counts, which a process that comes after a dead one takes over.

Counts lie in files that all processes of a machine share. Named by process id, as the library
does by itself, the files of dead workers would stay for ever; deleted, their counts would be
lost and sums would fall. A slot is held by a lock that ends with its process: the next one goes
on where the dead one stopped, and there are never more files than processes at a time.
"""

import fcntl
import itertools
import os
from pathlib import Path

from prometheus_client import values

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def share() -> bool:
    """Let the metrics made from here on count in files by slot, where a folder is set."""
    if FOLDER not in os.environ:
        return False
    values.ValueClass = values.MultiProcessValue(process_identifier=slot)
    _Held.is_counting = True
    return True


def slot() -> int:
    """The number of this process; asked whenever something is counted."""
    # The library asks once before anything is: a command that counts nothing takes none.
    return _Held.number if _Held.number >= 0 or not _Held.is_counting else _take()


class _Held:
    number = -1
    lock = -1
    is_counting = False


def _take() -> int:
    folder = Path(os.environ[FOLDER])
    folder.mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        lock = os.open(folder / f"slot-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        _Held.number, _Held.lock = number, lock
        return number
    raise AssertionError


def _forget() -> None:
    """A fork is a process of its own; closing its copy of the lock leaves that of its parent."""
    if _Held.lock >= 0:
        os.close(_Held.lock)
    _Held.number = _Held.lock = -1


os.register_at_fork(after_in_child=_forget)
