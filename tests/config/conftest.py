"""What the tests of the launcher share."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded import places, postgres
from config.embedded.postgres import Postgres


@pytest.fixture
def cluster() -> Iterator[Postgres]:
    """A PostgreSQL with the settings of `make run`, made but not started."""
    folder = Path(tempfile.mkdtemp(prefix="gangway-test-", dir="/tmp"))
    server = Postgres(places.throwaway(folder), postgres.DURABLE)
    server.make_cluster()
    yield server
    server.stop()
    shutil.rmtree(folder)
