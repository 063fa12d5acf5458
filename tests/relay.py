"""A Redis whose answers can be kept back: what is sent arrives, and nobody is told."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from config.redis_client import client


class Relay:
    """Passes bytes on to the Redis of the tests; `keep_back` swallows its answers from now on."""

    def __init__(self, target: str, database: int) -> None:
        self._target, self._database = target, database
        self._is_mute = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        _in_background(self._accept)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._listener.getsockname()[1]}/{self._database}"

    def keep_back(self) -> None:
        self._is_mute.set()

    def close(self) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._target)
            self._open += [near, far]
            _in_background(partial(self._pump, near, far, lambda: False))
            _in_background(partial(self._pump, far, near, self._is_mute.is_set))

    def _pump(self, source: socket.socket, to: socket.socket, drop: Callable[[], bool]) -> None:
        while data := source.recv(65536):
            if not drop():
                to.sendall(data)


def _in_background(work: Callable[[], None]) -> None:
    def until_closed() -> None:
        with suppress(OSError):
            work()

    threading.Thread(target=until_closed, daemon=True).start()


@contextmanager
def relay() -> Iterator[Relay]:
    """A relay to the Redis that the settings name."""
    real = client().connection_pool.connection_kwargs
    between = Relay(real["path"], real["db"])
    try:
        yield between
    finally:
        between.close()
