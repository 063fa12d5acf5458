"""Servers that are gone afterwards: for tests, checks and measurements."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from config.embedded.children import claim
from config.embedded.places import throwaway
from config.embedded.postgres import DURABLE, THROWAWAY, Postgres
from config.embedded.valkey import THROWAWAY as FORGETFUL
from config.embedded.valkey import Valkey

_PREFIX = "gangway-throwaway-"


@contextlib.contextmanager
def servers(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """Both servers, empty; yields DATABASE_URL and REDIS_URL. Nothing of them stays.

    Not durable, they skip what only matters when the power fails; measurements want it on.
    """
    with _folder() as folder:
        places = throwaway(folder)
        postgres = Postgres(places, {**THROWAWAY, **(DURABLE if durable else {})})
        valkey = Valkey(places, FORGETFUL)
        postgres.make_cluster()
        valkey.make_folder()
        try:
            valkey.start()
            postgres.start()
            postgres.wait_until_it_answers()
            postgres.make_database()
            valkey.wait_until_it_answers()
            yield {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url}
        finally:
            valkey.stop()
            postgres.stop()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A new folder with a short path; those of runs that were killed are removed as well."""
    _remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
    alive = claim(folder / "alive")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        if alive is not None:
            os.close(alive)


def _remove_abandoned() -> None:
    for folder in Path("/tmp").glob(f"{_PREFIX}*"):
        # Another run may be removing it at the same moment.
        with contextlib.suppress(FileNotFoundError):
            if folder.stat().st_uid == os.geteuid() and (folder / "alive").exists():
                _remove_if_abandoned(folder)


def _remove_if_abandoned(folder: Path) -> None:
    alive = claim(folder / "alive")
    if alive is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(alive)
