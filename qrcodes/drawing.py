"""Thousands of pictures at once, drawn by a process of their own.

The threads of a web worker share one interpreter, which drawing would keep busy for half a
second. The process has a low priority, and the memory it took is given back when it ends.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from qrcodes import images

FEW = 200  # drawn at once in less time than a process takes to start
NICENESS = 10
PATIENCE = 60.0  # seconds


def illustrated(parts: Sequence[tuple[str, str]]) -> bytes:
    """Each text followed by the data URI of its payload, all in one; single lines of ASCII."""
    if len(parts) <= FEW:
        return "".join(_drawn(parts)).encode("ascii")
    drawn = subprocess.run(
        [sys.executable, "-m", "qrcodes.drawing"],
        cwd=Path(__file__).parent.parent,
        input="\n".join(f"{text}\t{payload}" for text, payload in parts).encode("ascii"),
        stdout=subprocess.PIPE,
        check=True,
        timeout=PATIENCE,
    )
    return drawn.stdout


def _drawn(parts: Iterable[tuple[str, str]]) -> Iterable[str]:
    for text, payload in parts:
        yield text
        yield images.data_uri(payload)


def _draw_what_is_sent() -> None:
    os.nice(NICENESS)
    lines = (line.rstrip("\n").rpartition("\t") for line in sys.stdin)
    sys.stdout.writelines(_drawn((text, payload) for text, _, payload in lines))


if __name__ == "__main__":
    _draw_what_is_sent()
