"""From the first lock to the last process gone."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from config.embedded import CannotStart, places
from config.embedded.children import claim
from config.embedded.postgres import DURABLE, Postgres
from config.embedded.valkey import KEPT, Valkey
from config.serve import environment, logs, welcome
from config.serve.options import CHECKOUT, Options, expect_free
from config.serve.start import Start
from config.serve.supervisor import Supervisor

TRIM_EVERY = 10.0


class Stopped(BaseException):
    """Somebody asked us to stop."""


def run(options: Options, environ: Mapping[str, str]) -> None:
    """Start everything, keep it running until a signal, stop everything."""
    began = time.monotonic()
    supervisor = Supervisor(say)
    with alone(options), until_a_signal():
        try:
            expect_free(options)
            Start(options, environ, supervisor).everything()
            say(welcome.text(options, time.monotonic() - began))
            keep_running(supervisor, options)
        finally:
            ignore_signals()
            say("Stopping")
            supervisor.stop()
            with suppress(OSError):
                places.sockets(options.folder).rmdir()
            say("Stopped")


def manage(options: Options, environ: Mapping[str, str], arguments: Sequence[str]) -> None:
    """Become a management command on the data of a `run` that is running; does not return."""
    where = places.kept(options.folder)
    postgres, valkey = Postgres(where, DURABLE), Valkey(where, KEPT)
    if not options.database_url and not postgres.answers():
        raise CannotStart("nothing runs on these data. Start it first: make run")
    variables = environment.of_the_product(
        environ,
        options,
        database_url=options.database_url or postgres.url,
        redis_url=options.redis_url or valkey.url,
    )
    os.chdir(CHECKOUT)
    os.execve(sys.executable, [sys.executable, "manage.py", *arguments], variables)  # noqa: S606


def keep_running(supervisor: Supervisor, options: Options) -> None:
    trim_due = 0.0
    while True:
        supervisor.look_after_them()
        if time.monotonic() > trim_due:
            logs.trim(options.folder / "log")
            trim_due = time.monotonic() + TRIM_EVERY
        time.sleep(0.2)


@contextmanager
def alone(options: Options) -> Iterator[None]:
    """One `run` per data folder; a second one is refused."""
    options.folder.mkdir(parents=True, exist_ok=True)
    lock = claim(options.folder / "run.lock", patience=3)
    if lock is None:
        raise CannotStart(f"another one runs on {options.folder}. Set GANGWAY_DATA for a second.")
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def until_a_signal() -> Iterator[None]:
    """SIGINT, SIGTERM or a closed terminal end what is within; `nohup` is respected."""

    def stop(*_: object) -> None:
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, stop)
    with suppress(Stopped):
        yield


def ignore_signals() -> None:
    """Stopping is under way and ends by itself: every child is killed when its time is up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def say(line: str) -> None:
    with suppress(OSError):  # Whoever read our lines may be gone.
        print(line, flush=True)
