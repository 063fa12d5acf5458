"""PostgreSQL 18: make a cluster, start it on a Unix socket, give it our role and database."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping

import psycopg

from config.embedded import CannotStart
from config.embedded.places import Places
from config.embedded.servers import Server

ROLE = DATABASE = "gangway"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # A refused row or a failing statement carries what a customer typed. The application is told
    # and logs it without that; the server's own log holds no statement, no error of one, no detail.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}
# Kept data: every commit is on disk before it is answered; sized for a small machine.
DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "15s",
}
THROWAWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "checkpoint_timeout": "1h",
}


class Postgres(Server):
    """One cluster; `url` is what DATABASE_URL wants to hear."""

    def __init__(self, places: Places, settings: Mapping[str, str]) -> None:
        self.owner = places.account
        self.data = places.home / "postgres"
        self.sockets = places.sockets
        self.binaries = places.binaries.postgres
        socket = self.sockets / ".s.PGSQL.5432"
        chosen = {**SETTINGS, **settings, "unix_socket_directories": str(self.sockets)}
        options = [part for name in chosen for part in ("-c", f"{name}={chosen[name]}")]
        super().__init__(
            name="PostgreSQL",
            command=[self.binaries / "postgres", "-D", self.data, *options],
            log=places.logs / "postgres.log",
            environment={"LC_ALL": "C"},
            account=places.account,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint.
            lock=places.folder / "postgres.lock",
            pid_file=self.data / "postmaster.pid",
            leftovers=(socket, socket.with_name(f"{socket.name}.lock")),
        )

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={self.sockets}"

    @property
    def is_new(self) -> bool:
        return not self.data.exists()

    def make_cluster(self) -> None:
        """Write an empty cluster; one that was interrupted is written again."""
        unfinished = self.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self.owner.make_folder(unfinished)
        made = subprocess.run(
            # The built-in locale is the same on every machine; the wheel knows no ICU.
            [
                self.binaries / "initdb", "-D", unfinished, "-U", "postgres", "--auth=trust",
                "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--no-instructions",
            ],
            cwd="/", env={"LC_ALL": "C"}, capture_output=True, text=True, check=False,
            **self.owner.change(),
        )  # fmt: skip
        if made.returncode:
            raise CannotStart(f"PostgreSQL could not make its data folder:\n{made.stderr}")
        os.rename(unfinished, self.data)

    def answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def make_database(self) -> None:
        """Our role and our database, unless they stand already."""
        with self._connect() as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname=%s", [ROLE]).rowcount:
                connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
            found = connection.execute("SELECT FROM pg_database WHERE datname=%s", [DATABASE])
            if not found.rowcount:
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets), user="postgres", dbname="postgres", autocommit=True
        )
