"""Log files that stay small while those who write them go on writing."""

import os
import shutil
from pathlib import Path

LIMIT = 32 * 1024 * 1024


def trim(folder: Path, limit: int = LIMIT) -> None:
    """Move what stands in a log beyond the limit to `<name>.log.1`, and empty the log.

    The writers append to the file they have open, so it is emptied, not moved.
    """
    for log in folder.glob("*.log"):
        if log.stat().st_size > limit:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)
