"""What stands behind `make run`: its choices, its secrets, its care for those it started."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.embedded import CannotStart
from config.embedded.children import Child, claim
from config.serve import environment, logs, options, own_secrets, supervisor, welcome
from config.serve.reset import reset
from config.serve.supervisor import Supervisor
from tests.config.waiting import is_gone, wait_until


def chosen(folder: Path, **environ: str) -> options.Options:
    return options.chosen({"GANGWAY_DATA": str(folder), **environ})


# --- Choices ---------------------------------------------------------------------------------


def test_without_a_word_it_listens_on_loopback_with_demo_data_below_the_checkout() -> None:
    assert options.chosen({}) == options.Options(
        folder=options.CHECKOUT / "var",
        host="127.0.0.1",
        port=8000,
        demo=True,
        database_url="",
        redis_url="",
    )


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80a", "８０００", "8000.0", " 80"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    with pytest.raises(CannotStart):
        chosen(tmp_path, PORT=port)


def test_an_unclear_answer_to_demo_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart):
        chosen(tmp_path, DEMO="perhaps")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("10.1.2.3", "http://10.1.2.3:8000"),
    ],
)
def test_it_reaches_itself_wherever_it_listens(tmp_path: Path, host: str, url: str) -> None:
    assert chosen(tmp_path, HOST=host).local_url == url


def test_a_port_that_is_taken_is_refused_even_if_it_could_be_shared(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = chosen(tmp_path, PORT=str(other.getsockname()[1]))
        with pytest.raises(CannotStart):
            options.expect_free(taken, patience=0.2)
    options.expect_free(taken, patience=0.2)


# --- Secrets and environment -------------------------------------------------------------------


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = own_secrets.kept_in(tmp_path)
    assert own_secrets.kept_in(tmp_path) == first
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.json"]
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert set(first.values()).isdisjoint(own_secrets.fresh().values())


def test_the_master_key_of_qr_codes_has_the_form_the_settings_read() -> None:
    (key,) = json.loads(own_secrets.fresh()["QR_KEYS"])
    assert (key["kid"], key["state"], len(bytes.fromhex(key["master"]))) == (1, "active", 32)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"SECRET_KEY": "only this"}'])
def test_damaged_secrets_are_never_replaced_in_silence(tmp_path: Path, damage: str) -> None:
    (tmp_path / "secrets.json").write_text(damage)
    with pytest.raises(CannotStart):
        own_secrets.kept_in(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == damage


def product(choice: options.Options, **environ: str) -> dict[str, str]:
    return environment.of_the_product(environ, choice, database_url="db", redis_url="cache")


def test_what_the_operator_sets_wins_over_what_we_made(tmp_path: Path) -> None:
    ours = product(chosen(tmp_path))
    theirs = product(chosen(tmp_path), SECRET_KEY="theirs", PUBLIC_BASE_URL="https://sea.example")
    assert (theirs["SECRET_KEY"], theirs["PUBLIC_BASE_URL"]) == ("theirs", "https://sea.example")
    assert theirs["QR_KEYS"] == ours["QR_KEYS"]
    assert ours["PUBLIC_BASE_URL"] == "http://127.0.0.1:8000"
    assert (ours["DEBUG"], ours["DATABASE_URL"], ours["REDIS_URL"]) == ("0", "db", "cache")


def test_only_the_demo_has_the_payment_secret_everybody_knows(tmp_path: Path) -> None:
    assert product(chosen(tmp_path))["PAYMENT_SECRET"] == "demo-payment-secret"
    assert product(chosen(tmp_path, DEMO="0"))["PAYMENT_SECRET"] != "demo-payment-secret"
    assert product(chosen(tmp_path), PAYMENT_SECRET="x")["PAYMENT_SECRET"] == "x"


def test_credentials_are_shown_in_the_demo_only(tmp_path: Path) -> None:
    assert "ota_test_key_12345" in welcome.text(chosen(tmp_path), 1.0)
    assert "ota_test_key_12345" not in welcome.text(chosen(tmp_path, DEMO="0"), 1.0)


# --- Keeping children alive ----------------------------------------------------------------------


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """A supervisor that loses no time between a death and the next start."""
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.0)
    keeper = Supervisor(say=print)
    yield keeper
    keeper.stop()


def shell(folder: Path, name: str, script: str) -> Child:
    return Child(name, ["/bin/sh", "-c", script], folder / f"{name}.log", environment={})


def look_after(keeper: Supervisor, until: Callable[[], object]) -> None:
    def after_a_round() -> object:
        keeper.look_after_them()
        return until()

    assert wait_until(after_a_round)


def test_a_child_that_was_killed_is_started_again(keeper: Supervisor, tmp_path: Path) -> None:
    child = shell(tmp_path, "web", "exec sleep 60")
    keeper.keep(child)
    assert child.process is not None
    first = child.process
    first.kill()

    look_after(keeper, lambda: child.process is not first)

    assert child.alive


def test_nothing_of_a_dead_child_lives_on_beside_its_successor(
    keeper: Supervisor, tmp_path: Path
) -> None:
    child = shell(tmp_path, "web", "sleep 60 & echo $!; wait")
    keeper.keep(child)
    look_after(keeper, child.last_words)
    orphan = int(child.last_words())
    assert child.process is not None
    first = child.process
    first.kill()

    look_after(keeper, lambda: child.process is not first)

    assert wait_until(lambda: is_gone(orphan))


def test_a_child_that_cannot_live_ends_everything_with_its_last_words(
    keeper: Supervisor, tmp_path: Path
) -> None:
    keeper.keep(shell(tmp_path, "worker", "echo no such queue; exit 3"))
    with pytest.raises(CannotStart, match="no such queue"):
        look_after(keeper, lambda: False)
    assert keeper.kept[0].deaths == supervisor.DEATHS_ALLOWED + 1


def test_stopping_ends_all_of_them(keeper: Supervisor, tmp_path: Path) -> None:
    children = [shell(tmp_path, name, "exec sleep 60") for name in ("web", "worker", "beat")]
    for child in children:
        keeper.keep(child)
    keeper.stop()
    assert [child.how_it_ended() for child in children] == ["SIGTERM"] * 3


# --- Logs and reset ------------------------------------------------------------------------------


def test_a_log_that_grew_too_long_is_set_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    with (tmp_path / "web.log").open("a") as writer:
        writer.write("old " * 10)
        writer.flush()
        logs.trim(tmp_path, limit=20)
        writer.write("new")
    assert (tmp_path / "web.log").read_text() == "new"
    assert (tmp_path / "web.log.1").read_text() == "old " * 10


def test_a_reset_drops_what_is_ours_and_nothing_else(tmp_path: Path) -> None:
    own_secrets.kept_in(tmp_path)
    for name in ("postgres", "valkey", "log", "theirs"):
        (tmp_path / name).mkdir()
    reset(chosen(tmp_path))
    assert [each.name for each in tmp_path.iterdir()] == ["theirs"]


@pytest.mark.parametrize("lock", ["run.lock", "postgres.lock", "valkey.lock"])
def test_a_reset_is_refused_while_somebody_uses_the_data(tmp_path: Path, lock: str) -> None:
    own_secrets.kept_in(tmp_path)
    with ExitStack() as held:
        taken = claim(tmp_path / lock)
        assert taken is not None
        held.callback(os.close, taken)
        with pytest.raises(CannotStart):
            reset(chosen(tmp_path))
    assert (tmp_path / "secrets.json").exists()
