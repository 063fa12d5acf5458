"""The process's connections to Redis, which may be away: then every call raises RedisError."""

import threading
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

# A request waits this long for Redis at most; sales go on without it.
PATIENCE_SECONDS = 0.25
Word = str | bytes | int


def client() -> redis.Redis:
    """A client shared by the process; it reconnects by itself."""
    return _client(settings.REDIS_URL)


def ask(*command: Word) -> Any:
    """One command on a connection of this thread, and its raw answer; half the cost of `client`.

    A connection that the server has closed meanwhile is opened again, once. Raises RedisError.
    """
    return _link().ask(command)


def tell(*command: Word, unheard: Callable[[], None]) -> None:
    """Send one command without waiting; its answer is read before that of the next `ask`.

    `unheard` is called when the answer turns out to be an error or never to come: the command
    may not have been carried out. Raises RedisError when it could not even be sent.
    """
    _link().tell(command, unheard)


def settle() -> None:
    """Read what this thread is still owed: for a thread that may not ask again for long.

    What turns out to be lost is `unheard`; never raises RedisError.
    """
    for link in list(_links.__dict__.values()):
        link.settle()


class Link:
    """A connection of one thread, and the answers it still owes; they come in order."""

    def __init__(self, url: str) -> None:
        pool = _client(url).connection_pool
        # Not by the pool: it counts what it makes, and threads come and go.
        self._connection: Any = pool.connection_class(**pool.connection_kwargs)
        self._owed: deque[Callable[[], None]] = deque()

    def ask(self, command: tuple[Word, ...]) -> Any:
        try:
            return self._asked(command)
        except redis.TimeoutError:
            raise
        except redis.ConnectionError:
            return self._asked(command)

    def tell(self, command: tuple[Word, ...], unheard: Callable[[], None]) -> None:
        try:
            self._send(command)
        except redis.ConnectionError:
            self._send(command)
        self._owed.append(unheard)

    def settle(self) -> None:
        try:
            while self._owed:
                self._hear()
        except redis.RedisError:
            self._give_up()

    def _asked(self, command: tuple[Word, ...]) -> Any:
        self._send(command)
        try:
            while self._owed:
                self._hear()
            return self._connection.read_response()
        except redis.ResponseError:
            raise
        except redis.RedisError:
            self._give_up()
            raise

    def _send(self, command: tuple[Word, ...]) -> None:
        try:
            self._connection.send_command(*command, check_health=False)
        except redis.RedisError:
            self._give_up()
            raise

    def _hear(self) -> None:
        try:
            self._connection.read_response()
        except redis.ResponseError:
            self._owed.popleft()()
        else:
            self._owed.popleft()

    def _give_up(self) -> None:
        """What is half read is of no use to the next command; what was owed will not come."""
        self._connection.disconnect()
        while self._owed:
            self._owed.popleft()()


def _link() -> Link:
    url = settings.REDIS_URL
    known = _links.__dict__
    if url not in known:
        known[url] = Link(url)
    return known[url]


_links = threading.local()


@lru_cache(maxsize=2)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=None,
    )
