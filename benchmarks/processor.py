"""Processor time of process trees, read from /proc; nothing where there is none."""

import os
from collections.abc import Mapping
from pathlib import Path

TICK = 1_000_000 / os.sysconf("SC_CLK_TCK")  # microseconds


def spent(roots: Mapping[str, int]) -> dict[str, float]:
    """Microseconds each tree of processes has used so far, by its name."""
    processes = dict(_processes())
    used = dict.fromkeys(roots, 0.0)
    owners = {pid: name for name, pid in roots.items()}
    for pid, (_, ticks) in processes.items():
        owner = _owner(pid, owners, processes)
        if owner is not None:
            used[owner] += ticks * TICK
    return used


def _processes() -> list[tuple[int, tuple[int, int]]]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        parent, ticks = int(fields[1]), sum(map(int, fields[11:15]))
        found.append((int(stat.parent.name), (parent, ticks)))
    return found


def _owner(
    pid: int, owners: Mapping[int, str], processes: Mapping[int, tuple[int, int]]
) -> str | None:
    while pid in processes:
        if pid in owners:
            return owners[pid]
        pid = processes[pid][0]
    return None
