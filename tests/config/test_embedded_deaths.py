"""The launcher of both servers when somebody dies: a server, its parent, a child, a first start."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from config.embedded import CannotStart, accounts, places, postgres, throwaway
from config.embedded.children import Child, claim
from config.embedded.postgres import Postgres
from tests.config.clusters import ask, started
from tests.config.waiting import is_gone, kill_all, wait_until

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the children")


def kill_everything(server: Postgres) -> None:
    assert server.process is not None
    postmaster = psutil.Process(server.process.pid)
    assert kill_all([postmaster, *postmaster.children(recursive=True)])
    server.process.wait()


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


@pytest.mark.proof
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
    names = {each.info["name"] for each in psutil.process_iter(["name"]) if each in servers}
    assert names >= {"postgres", "valkey-server"}

    parent.kill()
    parent.wait()

    assert wait_until(lambda: all(is_gone(each.pid) for each in servers))
    throwaway._remove_abandoned()
    assert not folder.exists()


def test_a_run_that_lives_keeps_its_folder() -> None:
    folder = Path(os.environ["DATABASE_URL"].partition("host=")[2]).parent
    throwaway._remove_abandoned()
    assert folder.exists()


@pytest.mark.proof
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


@pytest.mark.proof
def test_a_session_nobody_ends_does_not_hold_up_the_stop(cluster: Postgres) -> None:
    started(cluster)
    idle = psycopg.connect(cluster.url, autocommit=True)
    cluster.stop()
    with pytest.raises(psycopg.OperationalError):
        idle.execute("SELECT 1")
    assert cluster.how_it_ended() == "exit 0"
