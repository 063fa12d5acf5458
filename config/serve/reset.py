"""Drops what `run` keeps, and nothing else that lies in the data folder."""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

from config.embedded import CannotStart, places
from config.embedded.children import claim
from config.serve.options import Options

OURS = (
    "postgres", "postgres.unfinished", "valkey", "secrets.json", "secrets.unfinished",
    "demo-loaded", "static", "metrics", "log", "postgres.lock", "valkey.lock", "run.lock",
)  # fmt: skip


def reset(options: Options) -> None:
    """Refused while anything runs on these data."""
    folder = options.folder
    if not folder.exists():
        return
    with ExitStack() as held:
        for name in ("run.lock", "postgres.lock", "valkey.lock"):
            lock = claim(folder / name)
            if lock is None:
                raise CannotStart(f"something still runs on {folder}. Stop it first.")
            held.callback(os.close, lock)
        places.forget(folder)
        for name in OURS:
            remove(folder / name)
    print(f"Dropped what was kept in {folder}")


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
