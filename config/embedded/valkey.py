"""Valkey: counters, cache and the queue between web, beat and worker, on a Unix socket."""

from collections.abc import Sequence

import redis

from config.embedded.places import Places
from config.embedded.servers import Server

# The queue outlives a restart; memory is bounded, and only what may expire anyway is given up.
KEPT = ("--appendonly", "yes", "--appendfsync", "everysec")
THROWAWAY = ("--appendonly", "no")


class Valkey(Server):
    """One server; `url` is what REDIS_URL wants to hear."""

    def __init__(self, places: Places, persistence: Sequence[str]) -> None:
        self.socket = places.sockets / "valkey.sock"
        self.owner = places.account
        self.data = places.home / "valkey"
        pid_file = places.sockets / "valkey.pid"
        super().__init__(
            name="Valkey",
            command=[
                places.binaries.valkey,
                "--port", "0",
                "--unixsocket", self.socket,
                "--unixsocketperm", "700",
                "--dir", self.data,
                "--pidfile", pid_file,
                "--save", "",
                "--databases", "64",
                "--maxmemory", "256mb",
                "--maxmemory-policy", "volatile-lru",
                "--loglevel", "warning",
                *persistence,
            ],
            log=places.logs / "valkey.log",
            environment={"LC_ALL": "C"},
            account=places.account,
            lock=places.folder / "valkey.lock",
            pid_file=pid_file,
            leftovers=(self.socket,),
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def make_folder(self) -> None:
        self.owner.make_folder(self.data)

    def answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
